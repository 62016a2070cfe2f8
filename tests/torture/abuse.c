/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * abuse.c - what a socket that everybody may connect to has to bear
 *
 *	abuse SOCKET PID MS UID
 *
 * Abuses the server PID at SOCKET in one way after the other, MS milliseconds
 * each, as the user UID, from two processes at once.  Meanwhile, as who runs
 * it, it connects and asks an honest question again and again.  For each way it
 * prints its name, how many questions were answered, how many were not, the
 * milliseconds that the slowest took, and by how many KiB the process grew at
 * its highest, compared to before the first.
 *
 * Exits with 0 when it could measure all that: what is too slow or too big is
 * for who reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ABUSERS 2		/* processes */
#define CROWD 1000		/* connections of both together */
#define PATIENCE_MS 20000	/* for one honest answer */
#define MIB (1u << 20)
#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int64_t until;

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool going_on(void)
{
	return now_ms() < until;
}

static void rest(unsigned ms)
{
	(void)usleep(ms * 1000);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* @flags: SOCK_NONBLOCK, or 0.  -1: the server's queue is full. */
static int dial(int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address,
			       sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* What it takes; who abuses does not care what becomes of it. */
static ssize_t put(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* All of it, as long as it goes on. */
static void put_all(int fd, const char *data, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (len > 0 && going_on()) {
		ssize_t n = put(fd, data, len);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n < 0) {
			(void)poll(&p, 1, 10);
			continue;
		}
		data += n;
		len -= (size_t)n;
	}
}

/*
 * The ways
 */

/* The machine alone: what the others are measured against. */
static void spinning(void)
{
	while (going_on())
		;
}

static void random_bytes(void)
{
	unsigned char bytes[8192];

	while (going_on()) {
		int fd = dial(0);

		for (int i = 0; fd >= 0 && i < 4; i++) {
			for (size_t j = 0; j < sizeof(bytes); j++)
				bytes[j] = (unsigned char)random();
			(void)put(fd, bytes, sizeof(bytes));
		}
		if (fd >= 0)
			(void)close(fd);
	}
}

/* Calls of a mebibyte: one string, and as many objects as there can be. */
static void long_frames(void)
{
	static const char head[] = "{\"method\":\"a.B\",\"parameters\":{\"a\":[";
	static const char *const pieces[] = { " ", "{},", "[[]]," };
	static char frame[MIB];
	int fds[32];

	for (size_t i = 0; i < N(fds); i++)
		fds[i] = dial(SOCK_NONBLOCK);
	for (unsigned turn = 0; going_on(); turn++) {
		const char *piece = pieces[turn % N(pieces)];
		size_t i = turn % N(fds), len = sizeof(head) - 1;

		memcpy(frame, head, len);
		while (len < sizeof(frame) - 16) {
			memcpy(frame + len, piece, strlen(piece));
			len += strlen(piece);
		}
		memcpy(frame + len, "0]}}", 5);
		if (fds[i] >= 0)
			put_all(fds[i], frame, len + 5);
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = dial(SOCK_NONBLOCK);
	}
}

/* Nearly a frame each, on as many connections as there are places. */
static void unfinished_frames(void)
{
	static char spaces[MIB - 1];
	int fds[200];

	memset(spaces, ' ', sizeof(spaces));
	for (size_t i = 0; i < N(fds); i++)
		fds[i] = -1;
	for (size_t i = 0; going_on(); i = (i + 1) % N(fds)) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = dial(SOCK_NONBLOCK);
		if (fds[i] >= 0)
			put_all(fds[i], spaces, sizeof(spaces));
	}
}

static void half_closed(void)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInfo\"}";

	while (going_on()) {
		int whole = dial(SOCK_NONBLOCK), half = dial(SOCK_NONBLOCK);

		if (whole >= 0) {
			(void)put(whole, call, sizeof(call));
			(void)shutdown(whole, SHUT_WR);
		}
		if (half >= 0) {
			(void)put(half, call, 10);
			(void)shutdown(half, random() % 2 ? SHUT_WR :
							    SHUT_RD);
		}
		rest(1);
		if (whole >= 0)
			(void)close(whole);
		if (half >= 0)
			(void)close(half);
	}
}

static void crowd(void)
{
	int fds[CROWD / ABUSERS];

	for (size_t i = 0; i < N(fds); i++)
		fds[i] = dial(0);
	/* Whoever was shown out comes back. */
	while (going_on()) {
		for (size_t i = 0; i < N(fds); i++) {
			struct pollfd p = { .fd = fds[i], .events = POLLIN };

			if (fds[i] >= 0 && poll(&p, 1, 0) > 0) {
				(void)close(fds[i]);
				fds[i] = dial(SOCK_NONBLOCK);
			}
		}
		rest(5);
	}
}

static void slow_senders(void)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInfo\"}";
	int fds[100];
	size_t at = 0;

	for (size_t i = 0; i < N(fds); i++)
		fds[i] = dial(SOCK_NONBLOCK);
	while (going_on()) {
		for (size_t i = 0; i < N(fds); i++)
			if (fds[i] >= 0)
				(void)put(fds[i], call + at, 1);
		at = (at + 1) % (sizeof(call) - 1);	/* never its NUL */
		rest(10);
	}
}

/* Asks for the longest answer there is, and reads none. */
static void deaf(void)
{
	static const char call[] =
		"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		"\"parameters\":{\"interface\":\"org.filterd.Manager\"}}";
	int fds[100];

	for (size_t i = 0; i < N(fds); i++)
		fds[i] = dial(SOCK_NONBLOCK);
	while (going_on()) {
		for (size_t i = 0; i < N(fds); i++)
			if (fds[i] >= 0)
				(void)put(fds[i], call, sizeof(call));
		rest(1);
	}
}

static void put_with_fds(int fd, const char *data, size_t len, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))];
	struct iovec iov = { (void *)data, len };
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *c;
	int zero = STDIN_FILENO;

	memset(control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (size_t i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(zero), &zero, sizeof(zero));
	(void)sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Descriptors that nobody asked for, with calls and with halves of them. */
static void unasked_descriptors(void)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInfo\"}";
	int fds[100];

	for (size_t i = 0; i < N(fds); i++)
		fds[i] = dial(SOCK_NONBLOCK);
	for (size_t i = 0; going_on(); i = (i + 1) % N(fds)) {
		if (fds[i] >= 0) {
			put_with_fds(fds[i], call, sizeof(call), 16);
			put_with_fds(fds[i], call, 10, 16);
		}
		if (random() % 4 == 0) {
			if (fds[i] >= 0)
				(void)close(fds[i]);
			fds[i] = dial(SOCK_NONBLOCK);
		}
		rest(1);
	}
}

/* Every method that standard input named, with nothing and with nonsense. */
static char *methods[128];
static size_t n_methods;

static void ask_everything(void)
{
	static const char *const parameters[] = {
		"{}", "null", "{\"source\":\"/etc/shadow\",\"fd\":0}",
		"{\"source\":\"/dev/null\",\"source_fd\":99,\"volume\":\"../x\"}",
		"{\"name\":7,\"sources\":[null,[],{}],\"id\":-1}",
	};
	struct pollfd p = { .events = POLLIN };
	char call[512];

	while (going_on()) {
		size_t i = (size_t)random() % n_methods;
		size_t j = (size_t)random() % N(parameters);
		int fd = dial(0), len;

		len = snprintf(call, sizeof(call), "{\"method\":\"%s\","
			       "\"parameters\":%s,\"more\":%s}", methods[i],
			       parameters[j], random() % 2 ? "true" : "false");
		if (fd < 0)
			continue;
		put_all(fd, call, (size_t)len + 1);
		p.fd = fd;
		if (random() % 2)
			(void)poll(&p, 1, 100);
		(void)recv(fd, call, sizeof(call), MSG_DONTWAIT);
		(void)close(fd);
	}
}

static const struct way {
	const char *name;
	void (*abuse)(void);
} ways[] = {
	{ "spinning", spinning },
	{ "random-bytes", random_bytes },
	{ "long-frames", long_frames },
	{ "unfinished-frames", unfinished_frames },
	{ "half-closed", half_closed },
	{ "crowd", crowd },
	{ "slow-senders", slow_senders },
	{ "deaf", deaf },
	{ "unasked-descriptors", unasked_descriptors },
	{ "everything", ask_everything },
};

/*
 * Who asks honestly, and looks at the process
 */

/* Milliseconds until the answer was whole; -1: none came. */
static int64_t ask(void)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInfo\"}";
	int64_t begun = now_ms();
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	char answer[4096];
	size_t len = 0;
	int fd = dial(0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	if (send(fd, call, sizeof(call), MSG_NOSIGNAL) != sizeof(call))
		len = sizeof(answer);
	while (len < sizeof(answer) && (len == 0 || answer[len - 1])) {
		ssize_t n = recv(fd, answer + len, sizeof(answer) - len, 0);

		if (n <= 0)
			len = sizeof(answer);
		else
			len += (size_t)n;
	}
	(void)close(fd);
	return len < sizeof(answer) ? now_ms() - begun : -1;
}

/* "VmRSS" or "VmHWM", in KiB. */
static long memory(int pid, const char *what)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		fail(path);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, what, strlen(what)) == 0)
			kib = strtol(line + strlen(what) + 1, NULL, 10);
	(void)fclose(file);
	return kib;
}

static void forget_highest(int pid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "5", 1) != 1)
		fail(path);
	(void)close(fd);
}

static pid_t start(const struct way *way, uid_t uid, unsigned seed)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	srandom(seed);
	if (uid != 0 && (setgroups(0, NULL) < 0 || setgid((gid_t)uid) < 0 ||
			 setuid(uid) < 0))
		_exit(1);
	way->abuse();
	_exit(0);
}

/* Answers that come late are waited for: they are what is measured. */
static bool run(const struct way *way, int pid, int64_t ms, uid_t uid,
		long before)
{
	unsigned answered = 0, unanswered = 0;
	int64_t slowest = 0;
	pid_t abusers[ABUSERS];
	bool sound = true;
	int status;

	forget_highest(pid);
	until = now_ms() + ms;
	for (unsigned i = 0; i < ABUSERS; i++)
		abusers[i] = start(way, uid, i);
	while (going_on()) {
		int64_t took = ask();

		unanswered += took < 0;
		answered += took >= 0;
		slowest = took > slowest ? took : slowest;
		rest(5);
	}
	for (unsigned i = 0; i < ABUSERS; i++) {
		(void)kill(abusers[i], SIGKILL);
		if (abusers[i] < 0 || waitpid(abusers[i], &status, 0) < 0 ||
		    (WIFEXITED(status) && WEXITSTATUS(status) != 0))
			sound = false;
	}
	printf("%s %u %u %lld %ld\n", way->name, answered, unanswered,
	       (long long)slowest, memory(pid, "VmHWM") - before);
	return sound;
}

static void read_methods(void)
{
	char line[256];

	while (n_methods < N(methods) && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		methods[n_methods++] = strdup(line);
	}
	if (n_methods == 0)
		fail("no methods on standard input");
}

int main(int argc, char **argv)
{
	struct rlimit files;
	bool sound = true;
	int pid;
	long before;

	if (argc != 5 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: abuse SOCKET PID MS UID <METHODS\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	pid = atoi(argv[2]);
	read_methods();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	for (int i = 0; i < 20; i++)	/* what it allocates once */
		(void)ask();
	before = memory(pid, "VmRSS");
	for (size_t i = 0; i < N(ways); i++)
		sound &= run(&ways[i], pid, atoi(argv[3]),
			     (uid_t)atoi(argv[4]), before);
	return sound ? 0 : 1;
}
