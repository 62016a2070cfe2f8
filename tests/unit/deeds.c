/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deeds.c - see deeds.h
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "deeds.h"
#include "util.h"
#include "wire.h"

/* What must fail: 0 when all did. */
static int forbidden(const long *results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (results[i] >= 0) {
			fprintf(stderr, "call %zu was allowed\n", i);
			return -EBADE;
		}
	return 0;
}

#define FORBIDDEN(...)							\
	forbidden((const long[]){ __VA_ARGS__ },			\
		  sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

static int write_to_memory(const char *file)
{
	char *volatile nowhere = (char *)16;

	(void)file;
	*nowhere = 1;
	return -EBADE;
}

static int run_data(const char *file)
{
	static unsigned char code[64] __attribute__((aligned(64))) = { 0xc3 };
	void (*run)(void);
	void *at = code;

	(void)file;
	memcpy(&run, &at, sizeof(run));
	run();
	return -EBADE;
}

__attribute__((noinline))
static int fall(volatile unsigned char *above, unsigned long depth)
{
	volatile unsigned char here[4096];

	here[0] = (unsigned char)(above[0] + 1);
	if (depth == 0)			/* never */
		return 0;
	return fall(here, depth + 1) + here[0];
}

static int recurse(const char *file)
{
	volatile unsigned char first[1] = { 0 };

	(void)file;
	return fall(first, 1) > 0 ? -EBADE : 0;
}

static int end_at_once(const char *file)
{
	(void)file;
	abort();
}

static int loop(const char *file)
{
	(void)file;
	for (volatile bool on = true; on;)
		;
	return 0;
}

/* No signal but SIGKILL is heard, and no time is used. */
static int sleep_for_ever(const char *file)
{
	sigset_t all;

	(void)file;
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	for (volatile bool on = true; on;)
		(void)nanosleep(&(struct timespec){ .tv_sec = 3600 }, NULL);
	return 0;
}

static void *spin(void *arg)
{
	(void)loop(arg);
	return NULL;
}

static int loop_in_threads(const char *file)
{
	pthread_attr_t small;
	pthread_t thread;

	(void)file;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (int i = 0; i < 8; i++)
		(void)pthread_create(&thread, &small, spin, NULL);
	return loop(file);
}

/* Each page of it is touched, so that it is not only promised. */
static int take_memory(const char *file)
{
	size_t len = (size_t)1 << 30;
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)file;
	if (at == MAP_FAILED)
		return -ENOMEM;
	for (size_t off = 0; off < len; off += 4096)
		at[off] = 1;
	return -EBADE;
}

/* All that it may have, in memory files, until there is no more. */
static int take_files(const char *file)
{
	int n = 0, fd;

	(void)file;
	while (n < 1000 && (fd = memfd_create("more", 0)) >= 0) {
		(void)!ftruncate(fd, 1 << 20);
		n++;
	}
	return n < 64 ? 0 : -EBADE;
}

static int read_file(const char *file)
{
	char byte;

	return FORBIDDEN(open(file, O_RDONLY),
			 open(file, O_PATH) < 0 ? -1 :
			 pread(open(file, O_RDONLY), &byte, 1, 0),
			 syscall(SYS_openat2, AT_FDCWD, file,
				 (uint64_t[3]){ O_RDONLY }, 24),
			 syscall(SYS_open_tree, AT_FDCWD, file, 0),
			 open("/proc/self/mem", O_RDWR),
			 open("/dev/mem", O_RDONLY));
}

static int change_file(const char *file)
{
	return FORBIDDEN(open(file, O_WRONLY), open(file, O_RDWR | O_CREAT,
						    0600),
			 truncate(file, 0), unlink(file), chmod(file, 0777),
			 rename(file, "/tmp/stolen"), chown(file, 65534, -1),
			 link(file, "/tmp/stolen"),
			 symlink(file, "/tmp/stolen"),
			 mkdir("/tmp/stolen", 0700),
			 mknod("/tmp/stolen", S_IFREG | 0600, 0),
			 utimensat(AT_FDCWD, file, NULL, 0));
}

static int use_network(const char *file)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX };
	int pair[2];

	(void)file;
	return FORBIDDEN(socket(AF_INET, SOCK_STREAM, 0),
			 socket(AF_UNIX, SOCK_STREAM, 0),
			 socket(AF_NETLINK, SOCK_RAW, 0),
			 socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
			 connect(WIRE_SOCKET_FD, (const void *)&to,
				 sizeof(to)),
			 bind(WIRE_SOCKET_FD, (const void *)&to, sizeof(to)));
}

static int run_program(const char *file)
{
	char *const argv[] = { "true", NULL };

	(void)file;
	return FORBIDDEN(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0),
			 syscall(SYS_clone3, (uint64_t[8]){ 0 }, 64),
			 execve("/bin/true", argv, NULL),
			 syscall(SYS_execveat, WIRE_GIVEN_FD, "", argv, NULL,
				 AT_EMPTY_PATH),
			 unshare(CLONE_NEWUSER), setuid(0), setgid(0));
}

static int kill_parent(const char *file)
{
	pid_t parent = getppid();
	siginfo_t info = { .si_code = SI_QUEUE };

	(void)file;
	/* All others are only asked for: this may be run without a cage. */
	return FORBIDDEN(kill(-1, 0), kill(parent, SIGKILL),
			 syscall(SYS_tgkill, parent, parent, SIGKILL),
			 syscall(SYS_tkill, parent, SIGKILL),
			 syscall(SYS_rt_sigqueueinfo, parent, SIGKILL, &info),
			 syscall(SYS_pidfd_open, parent, 0),
			 fcntl(WIRE_SOCKET_FD, F_SETOWN, parent));
}

static int trace_parent(const char *file)
{
	pid_t parent = getppid();
	char byte = 0, path[32];
	struct iovec here = { &byte, 1 }, there = { (void *)file, 1 };

	snprintf(path, sizeof(path), "/proc/%d/mem", parent);
	/* Not ATTACH, which would stop it for ever without a cage. */
	return FORBIDDEN(ptrace(PTRACE_SEIZE, parent, NULL, NULL),
			 ptrace(PTRACE_TRACEME, 0, NULL, NULL),
			 process_vm_readv(parent, &here, 1, &there, 1, 0),
			 process_vm_writev(parent, &here, 1, &there, 1, 0),
			 open(path, O_RDWR));
}

/* True if it is the buffer, /dev/null, or a file of this deed's own. */
static bool may_be_written(int fd)
{
	return fd < WIRE_SOCKET_FD || fd == WIRE_BUFFER_FD;
}

/* A sealed copy of a medium can be opened so, but not written. */
static long write_again(const char *path)
{
	int fd = open(path, O_RDWR);

	return fd < 0 ? -1 : pwrite(fd, "X", 1, 0);
}

/* Through every descriptor there is, and what it leads to. */
static int write_to_descriptors(const char *file)
{
	uint64_t range[2] = { 0, 512 };
	char path[32];

	(void)file;
	for (int fd = 0; fd < 256; fd++) {
		int r;

		if (fcntl(fd, F_GETFD) < 0 || may_be_written(fd))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		r = FORBIDDEN(pwrite(fd, "X", 1, 0), ftruncate(fd, 0),
			      fallocate(fd, FALLOC_FL_PUNCH_HOLE |
					FALLOC_FL_KEEP_SIZE, 0, 4096),
			      write_again(path),
			      open(path, O_WRONLY | O_TRUNC),
			      fchmod(fd, 0777),
			      ioctl(fd, BLKDISCARD, range),
			      ioctl(fd, BLKRRPART, 0),
			      fcntl(fd, F_SETFL, O_APPEND));
		if (r < 0)
			return r;
	}
	return 0;
}

static int hang_up(const char *file)
{
	(void)shutdown(WIRE_SOCKET_FD, SHUT_RDWR);
	(void)close(WIRE_SOCKET_FD);
	return sleep_for_ever(file);
}

static int say_nonsense(const char *file)
{
	struct iovec iov = { "?", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)sendmsg(WIRE_SOCKET_FD, &msg, 0);
	return sleep_for_ever(file);
}

static int send_end(int32_t result, int32_t number, uint64_t len)
{
	const struct wire_message last = {
		.op = WIRE_END, .result = result, .number = number,
		.len = len,
	};

	return wire_send(WIRE_SOCKET_FD, &last, -1);
}

/* As if it were done, with the wildest of numbers; and it stays. */
static int end_wildly(const char *file)
{
	(void)send_end(INT32_MAX, INT32_MIN, UINT64_MAX);
	return sleep_for_ever(file);
}

static void *scribble(void *arg)
{
	volatile unsigned char *buffer = arg;

	for (unsigned n = 1;; n = n * 1103515245 + 12345)
		buffer[n % WIRE_BUFFER_LEN] = (unsigned char)(n >> 16);
	return NULL;
}

/* Into the shared buffer, from now on, whoever's turn it is. */
static int scribble_on_wire(const char *file)
{
	void *buffer = mmap(NULL, WIRE_BUFFER_LEN, PROT_READ | PROT_WRITE,
			    MAP_SHARED, WIRE_BUFFER_FD, 0);
	pthread_attr_t small;
	pthread_t thread;

	(void)file;
	if (buffer == MAP_FAILED)
		return -errno;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	return -pthread_create(&thread, &small, scribble, buffer);
}

/* Its last word, a ticket of garbage with it, and then more. */
static int scribble_after_end(const char *file)
{
	int r = scribble_on_wire(file);

	if (r == 0)
		r = send_end(0, INT32_MAX, WIRE_BUFFER_LEN);
	return r < 0 ? r : sleep_for_ever(file);
}

int deeds_do(const char *text)
{
	static const struct {
		const char *name;
		int (*fn)(const char *file);
	} deeds[] = {
		{ "write-to-memory", write_to_memory },
		{ "run-data", run_data },
		{ "recurse", recurse },
		{ "abort", end_at_once },
		{ "loop", loop },
		{ "loop-in-threads", loop_in_threads },
		{ "sleep", sleep_for_ever },
		{ "take-memory", take_memory },
		{ "take-files", take_files },
		{ "read-file", read_file },
		{ "change-file", change_file },
		{ "network", use_network },
		{ "run-program", run_program },
		{ "kill", kill_parent },
		{ "trace", trace_parent },
		{ "descriptors", write_to_descriptors },
		{ "hang-up", hang_up },
		{ "nonsense", say_nonsense },
		{ "end-wildly", end_wildly },
		{ "scribble", scribble_on_wire },
		{ "scribble-after-end", scribble_after_end },
	};
	size_t len = strcspn(text, " \n");

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (strlen(deeds[i].name) == len &&
		    strncmp(deeds[i].name, text, len) == 0)
			return deeds[i].fn(text[len] == ' ' ? text + len + 1 :
							      "/etc/passwd");
	return -EINVAL;
}
