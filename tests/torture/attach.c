/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach - mounts, uses and unmounts a source again and again in one process,
 * and looks whether anything is left behind
 *
 *	attach CYCLES SEED SOURCE DIR KEY-FILE WRONG-KEY-FILE
 *
 * DIR is absolute, and not there.
 *
 * Each cycle is the verb mount as a user runs it, on the main thread; another
 * thread is the user, who reads what it prints, writes and reads the volumes
 * and asks for the end over the control socket.  Cycles differ by how they end.
 * It must run from where filterd is installed, whose parts it uses.
 *
 * What must return to what it was is counted after each cycle; what reaches a
 * level (memory) from the first tenth, fifty at least, to the end.  The heap is
 * told to the byte with one arena and no cache in each thread (GLIBC_TUNABLES).
 * Exit code 0: nothing is left; 1: something is, or a cycle went wrong, said on
 * standard error.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "census.h"
#include "cleanup.h"
#include "failure.h"
#include "log.h"
#include "mount.h"
#include "paths.h"
#include "util.h"
#include "varlink.h"

#define PIECE		65536u
#define GUARD		120		/* seconds until it counts as hung */

/* Over the most of the first cycles, which fill what is kept. */
#define WARM		50ul
#define GROWTH_HEAP	256u		/* bytes: 8 of the smallest block */
#define GROWTH_RESIDENT	4096u		/* KiB */

/* How a cycle goes. */
enum kind { DETACHED, SIGNALLED, READ_ONLY, NO_KEY, BUSY, KINDS };

static const char *const kind_names[KINDS] = {
	"detached", "signalled", "read-only", "no key", "busy",
};

static struct {
	unsigned long cycles;
	uint64_t random;
	const char *source, *dir, *key, *wrong;
	int said;		/* what mount prints comes here */
	FILE *report;
	/* Of this cycle: */
	enum kind kind;
	unsigned volumes;
	struct census inside;	/* taken while they are there */
	unsigned char out[PIECE], in[PIECE];
} run;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "attach: %s (%s): %s\n", what, kind_names[run.kind],
		strerror(errno));
	exit(EXIT_FAILURE);
}

/* xorshift64*, as the oracle's. */
static uint64_t next_random(void)
{
	run.random ^= run.random >> 12;
	run.random ^= run.random << 25;
	run.random ^= run.random >> 27;
	return run.random * 0x2545F4914F6CDD1Dull;
}

/* True once @first was printed; false if @second was before. */
static bool wait_for(const char *first, const char *second)
{
	char text[16384];
	size_t len = 0;

	for (;;) {
		ssize_t n = read(run.said, text + len, 1);

		if (n != 1 || ++len == sizeof(text) - 1)
			fail("cannot read what mount prints");
		text[len] = '\0';
		if (len >= strlen(first) &&
		    streq(text + len - strlen(first), first))
			return true;
		if (len >= strlen(second) &&
		    streq(text + len - strlen(second), second))
			return false;
	}
}

static void use_volume(const char *path, const struct stat *st)
{
	bool writable = (st->st_mode & S_IWUSR) != 0;
	size_t len = (size_t)MIN((uint64_t)st->st_size, (uint64_t)PIECE);
	_cleanup_fd_ int fd = open(path, (writable ? O_RDWR : O_RDONLY) |
					 O_CLOEXEC);
	off_t at = (off_t)(next_random() % ((uint64_t)st->st_size - len + 1));

	if (fd < 0)
		fail("a volume cannot be opened");
	for (size_t i = 0; i < len; i++)
		run.out[i] = (unsigned char)(next_random() >> 56);
	if (!writable) {
		if (pread(fd, run.in, len, at) != (ssize_t)len)
			fail("a volume cannot be read");
		return;
	}
	if (run.kind == READ_ONLY)
		fail("a volume of a read-only mount is writable");
	if (pwrite(fd, run.out, len, at) != (ssize_t)len ||
	    fsync(fd) != 0)
		fail("a volume cannot be written");
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (pread(fd, run.in, len, at) != (ssize_t)len ||
	    memcmp(run.in, run.out, len) != 0)
		fail("a volume has lost what was written");
}

/* Uses all; a descriptor of the last of them if @ret_held. */
static void use_volumes(int *ret_held)
{
	_cleanup_dir_ DIR *dir = opendir(run.dir);
	struct dirent *entry;
	char path[4096];
	struct stat st;

	if (!dir)
		fail("the directory cannot be read");
	while ((entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", run.dir,
			       entry->d_name);
		if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		use_volume(path, &st);
		run.volumes++;
		if (ret_held && *ret_held < 0)
			*ret_held = open(path, O_RDONLY | O_CLOEXEC);
	}
}

/* Asks for the end: whether it was granted. */
static bool detach(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct varlink_message message;
	struct varlink *link;
	bool granted;

	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "%s/.control", run.dir);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("nobody listens");
	link = varlink_new(fd);
	if (!link || varlink_call(link, "org.filterd.Mount.Detach", NULL,
				  false, NULL, 0) < 0 ||
	    varlink_receive(link, &message, -1) != 1)
		fail("no answer");
	granted = !message.error;
	varlink_message_clear(&message);
	varlink_free(link);
	return granted;
}

static void *be_user(void *arg)
{
	int held = -1;

	(void)arg;
	if (!wait_for("press Ctrl-C", "\nended\n"))
		return NULL;
	use_volumes(run.kind == BUSY ? &held : NULL);
	census_take(&run.inside, run.dir, run.source);
	if (run.kind == BUSY) {
		if (held < 0 || detach())
			fail("it ended while a volume was open");
		(void)close(held);
	}
	if (run.kind == SIGNALLED)
		(void)kill(getpid(), SIGTERM);
	else if (!detach())
		fail("it does not end");
	(void)wait_for("\nended\n", "\n\n\n");
	return NULL;
}

static void cycle(void)
{
	char name[] = "mount", key[] = "--key-file", read_only[] = "-r";
	const char *file = run.kind == NO_KEY ? run.wrong : run.key;
	char *argv[] = { name, key, (char *)file, (char *)run.source,
			 (char *)run.dir, NULL, NULL };
	int argc = 5, code;
	pthread_t user;

	if (run.kind == READ_ONLY)
		argv[argc++] = read_only;
	run.volumes = 0;
	if (pthread_create(&user, NULL, be_user, NULL) != 0)
		fail("no thread");
	code = mount_verb(argc, argv);
	printf("\nended\n");
	(void)fflush(stdout);
	(void)pthread_join(user, NULL);
	errno = 0;
	if (code != (run.kind == NO_KEY ? EXIT_KEY : EXIT_OK))
		fail("the wrong exit code");
	if ((run.volumes == 0) != (run.kind == NO_KEY))
		fail("the wrong number of volumes");
	if (access(run.dir, F_OK) == 0)
		fail("its directory is left");
}

/* A detached thread and a closed file go a little later than they are told
   to: what is there then, or when it has not changed for long. */
static void settle(struct census *now, const struct census *before)
{
	time_t end = time(NULL) + GUARD;

	do {
		census_take(now, run.dir, run.source);
		if (census_same(now, before))
			return;
		(void)sched_yield();
	} while (time(NULL) < end);
}

static void print(const struct census *before, const struct census *now)
{
	for (size_t i = 0; i < CENSUS_KINDS; i++)
		fprintf(run.report, "%s: %zu before, %zu mounted, %zu after\n",
			census_names[i], before->n[i], run.inside.n[i],
			now->n[i]);
	(void)fflush(run.report);
}

/* That a mount is seen at all shows that the census counts. */
static bool check_inside(const struct census *before)
{
	static const enum census_kind more[] = {
		CENSUS_DESCRIPTORS, CENSUS_THREADS, CENSUS_MODULES,
		CENSUS_MOUNTS, CENSUS_LOCKS,
	};

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (run.inside.n[more[i]] <= before->n[more[i]]) {
			fprintf(stderr, "attach: mounted, there are no more "
				"%s than before\n", census_names[more[i]]);
			return false;
		}
	return true;
}

static bool check_growth(const struct census *level, const struct census *now)
{
	static const enum census_kind kinds[] = { CENSUS_HEAP,
						  CENSUS_RESIDENT };
	static const size_t allowed[] = { GROWTH_HEAP, GROWTH_RESIDENT };
	bool good = true;

#ifdef SANITIZED
	return true;		/* the heap is the sanitizer's */
#endif
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (now->n[kinds[i]] > level->n[kinds[i]] + allowed[i]) {
			fprintf(stderr, "attach: %zu %s have become %zu\n",
				level->n[kinds[i]], census_names[kinds[i]],
				now->n[kinds[i]]);
			good = false;
		}
	return good;
}

/* The first ones are each of a kind; to wait for who is busy takes long. */
static enum kind pick_kind(unsigned long i)
{
	if (i < KINDS)
		return (enum kind)i;
	return next_random() % 64 == 0 ? BUSY :
					 (enum kind)(next_random() % BUSY);
}

static void *do_nothing(void *arg)
{
	return arg;
}

/* A sanitizer has a thread of its own from the first one on. */
static void start_a_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		fail("no thread");
}

static bool run_cycles(void)
{
	struct census before, level = { 0 }, now;
	unsigned long first = MAX(run.cycles / 10, WARM);

	start_a_thread();
	census_take(&before, run.dir, run.source);
	for (unsigned long i = 0; i < run.cycles; i++) {
		run.kind = pick_kind(i);
		cycle();
		settle(&now, &before);
		if (!census_same(&now, &before)) {
			print(&before, &now);
			fprintf(stderr, "attach: cycle %lu (%s) has left "
				"something\n", i + 1, kind_names[run.kind]);
			return false;
		}
		for (size_t k = CENSUS_HEAP; i < first && k < CENSUS_KINDS; k++)
			level.n[k] = MAX(level.n[k], now.n[k]);
	}
	print(&before, &now);
	return check_inside(&before) &&
	       (run.cycles <= first || check_growth(&level, &now));
}

/* What mount prints goes to its user; what we do, to who runs us. */
static void redirect(void)
{
	int ends[2], own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	run.report = own < 0 ? NULL : fdopen(own, "we");
	if (!run.report || pipe2(ends, O_CLOEXEC) != 0 ||
	    dup2(ends[1], STDOUT_FILENO) < 0)
		fail("no pipe");
	(void)close(ends[1]);
	run.said = ends[0];
}

int main(int argc, char **argv)
{
	sigset_t set;

	if (argc != 7) {
		fputs("usage: attach CYCLES SEED SOURCE DIR KEY-FILE "
		      "WRONG-KEY-FILE\n", stderr);
		return 2;
	}
	run.cycles = strtoul(argv[1], NULL, 0);
	run.random = strtoull(argv[2], NULL, 0) * 2 + 1;
	run.source = argv[3];
	run.dir = argv[4];
	run.key = argv[5];
	run.wrong = argv[6];
	redirect();
	(void)sigfillset(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	log_open("filterd");
	if (run.cycles == 0 || paths_init() < 0)
		fail("cannot begin");
	if (!run_cycles())
		return EXIT_FAILURE;
	fprintf(run.report, "attach: %lu cycles left nothing behind\n",
		run.cycles);
	return EXIT_SUCCESS;
}
