/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module-trial.c - a filter that does in its helper whatever a test wants of
 * it: what is good, what is broken, and what is forbidden
 *
 * A deed that must not succeed returns -EBADE when it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filterd/filter.h>

extern const struct filter_ops trial_filter;

enum deed { READ, REFUSE, FAIL, CRASH, SCRIBBLE, LOOP, SLEEP, LEAVE, BIG,
	    OPEN, OPEN_PROC, CREATE, SOCKET, RUN, FORK, KILL, TRACE,
	    EXEC_MEMORY, RIGHTS, WRITE_BELOW, MANY_FILES, BIG_FILE, RANDOM,
	    GREEDY, FORGE, SIGNALS, LOCKS, FLAGS,
	    SHRINK, BAD_SAY, NO_MEMORY, CANCEL, TICKET, ASK, MAP, FILE_OF,
	    BESIDE, LIBRARY };

static const char *const deeds[] = {
	"read", "refuse", "fail", "crash", "scribble", "loop", "sleep",
	"leave", "big", "open", "open-proc", "create", "socket", "run", "fork",
	"kill", "trace", "exec-memory", "rights", "write-below", "many-files",
	"big-file", "random", "greedy", "forge", "signals", "locks", "flags",
	"shrink", "bad-say", "no-memory", "cancel",
	"ticket", "ask", "map", "file", "beside", "library", NULL
};

struct trial {
	unsigned deed;
	const char *want;
	struct filter_next *beside;	/* a second medium */
};

/* What must fail: 0 when it did. */
static int forbidden(long result)
{
	return result < 0 ? 0 : -EBADE;
}

static int read_medium(struct trial *trial, struct filter_next *next)
{
	char *buf = next->scratch(next, 2u << 20);
	size_t len = strlen(trial->want);
	int r;

	if (!buf)
		return -ENOMEM;
	r = next->read(next, buf, 2u << 20, 512);
	if (r < 0)
		return r;
	return memcmp(buf, trial->want, len) == 0 &&
	       memcmp(buf + (2u << 20) - len, trial->want, len) == 0 ? 0 :
								       -EBADE;
}

static int allocate(void)
{
	size_t len = (size_t)1 << 30;
	char *at = malloc(len);

	if (!at)
		return -ENOMEM;
	memset(at, 1, len);
	return -EBADE;
}

static int check_rights(void)
{
	struct rlimit rl;

	if (getuid() == 0 || geteuid() == 0 || getegid() == 0)
		return -EBADE;
	if (getrlimit(RLIMIT_CORE, &rl) < 0 || rl.rlim_max != 0)
		return -EBADE;
	rl.rlim_cur = rl.rlim_max = RLIM_INFINITY;
	return forbidden(setrlimit(RLIMIT_AS, &rl));
}

static int write_below(struct filter_next *next)
{
	static const char sector[512];

	if (next->write(next, sector, sizeof(sector), 0, 0) != -EROFS ||
	    next->zero(next, 512, 0, 0) != -EROFS ||
	    next->discard(next, 512, 0) != -EROFS)
		return -EBADE;
	return next->flush(next);
}

static int many_files(void)
{
	for (int i = 0; i < 100; i++)
		if (memfd_create("many", 0) < 0)
			return 0;
	return -EBADE;
}

static int big_file(void)
{
	int fd = memfd_create("big", 0);

	if (fd < 0 || ftruncate(fd, 1 << 20) < 0)
		return -errno;
	return forbidden(ftruncate(fd, (off_t)64 << 20));
}

/* The second medium: 64 KiB that begin with "beside", in granules of 4096. */
static int read_beside(struct trial *trial, struct filter_next *next)
{
	struct filter_next *beside = trial->beside;
	static char buf[8192];
	uint64_t len = 65536;
	unsigned what;

	if (!beside)
		return -ENOENT;
	if (beside->medium->size != 65536 || beside->medium->granule != 4096 ||
	    beside->medium->writable || beside->say || beside->ask)
		return -EBADE;
	if (beside->read(beside, buf, 8192, 4096) < 0 ||
	    memcmp(buf, "second", 6) != 0 ||
	    beside->read(beside, buf, 8192, 65536) != -EINVAL ||
	    beside->write(beside, buf, 4096, 0, 0) != -EROFS)
		return -EBADE;
	if (beside->map(beside, 0, &len, &what) < 0 || len != 4096 ||
	    what != (FILTER_HOLE | FILTER_ZERO))
		return -EBADE;
	return read_medium(trial, next);
}

/* Memory files stay within reach by name: libraries open them again. */
static int open_again(void)
{
	int fd = memfd_create("again", 0);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDWR) < 0 ? -errno : 0;
}

static int read_much(struct filter_next *next)
{
	for (int i = 0; i < 300; i++) {
		static char buf[1 << 20];
		int r = next->read(next, buf, sizeof(buf), 0);

		if (r < 0)
			return r;
	}
	return -EBADE;
}

/* Past the filter API: the wire itself. */
static int forge(void)
{
	struct iovec iov = { "?", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (sendmsg(3, &msg, 0) < 0)
		return -errno;
	for (;;)
		pause();
}

static int ask_twice(struct filter_next *next)
{
	for (unsigned attempt = 0;; attempt++) {
		struct filter_secret secret;
		int r = next->ask(next, FILTER_PASSPHRASE, "trial", attempt,
				  &secret);
		char *ticket;

		if (r < 0) {
			next->say(next, FILTER_WHY, "no key fits");
			return r;
		}
		if (secret.len < 3 || memcmp(secret.data, "key", 3) != 0)
			continue;
		ticket = next->ticket(next, secret.len);
		if (!ticket || next->ticket(next, 1))
			return -EBADE;
		memcpy(ticket, secret.data, secret.len);
		next->say(next, FILTER_INFO, "opened at attempt %u", attempt);
		return next->progress(next, 1, 1);
	}
}

static int make_ticket(struct filter_next *next)
{
	char *ticket = next->ticket(next, FILTER_MAX_IO);

	if (!ticket || ticket[0] != 0 || ticket[FILTER_MAX_IO - 1] != 0)
		return -EBADE;
	memset(ticket, 't', FILTER_MAX_IO);
	return 0;
}

static int map_medium(struct filter_next *next)
{
	uint64_t len = 4096;
	unsigned what = 7;
	int r = next->map(next, 0, &len, &what);

	if (r < 0)
		return r;
	return len == 512 && what == (FILTER_HOLE | FILTER_ZERO) ? 0 : -EBADE;
}

static int file_of(struct trial *trial, struct filter_next *next)
{
	char buf[64] = "";
	int fd = next->file(next);

	if (fd < 0)
		return fd;
	if (lseek(fd, 0, SEEK_END) != (off_t)next->medium->size ||
	    pread(fd, buf, sizeof(buf) - 1, 512) < 0)
		return -errno;
	if (memcmp(buf, trial->want, strlen(trial->want)) != 0)
		return -EBADE;
	return forbidden(pwrite(fd, buf, 1, 0));
}

/* A locked descriptor's other holders would lose their lock. */
static int unlock(int fd)
{
	struct flock lock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (flock(fd, LOCK_UN) == 0 || fcntl(fd, F_OFD_SETLK, &lock) == 0 ||
	    fcntl(fd, F_SETLK, &lock) == 0)
		return -EBADE;
	return 0;
}

static int do_forbidden(enum deed deed)
{
	switch (deed) {
	case OPEN:
		return forbidden(open("/etc/passwd", O_RDONLY));
	case CREATE:
		return forbidden(open("/tmp/filterd-trial",
				      O_WRONLY | O_CREAT, 0600));
	case SOCKET:
		return forbidden(socket(AF_UNIX, SOCK_STREAM, 0));
	case RUN:
		return forbidden(execl("/bin/true", "true", NULL));
	case FORK:
		return forbidden(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	case KILL:
		return forbidden(kill(getppid(), 0));
	case TRACE:
		return forbidden(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	case EXEC_MEMORY:
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		       MAP_FAILED ? 0 : -EBADE;
	case RIGHTS:
		return check_rights();
	case SIGNALS:		/* F_SETOWN, F_SETSIG, O_ASYNC: kill(2) */
		return fcntl(3, F_SETOWN, getppid()) < 0 ?
		       forbidden(fcntl(3, F_SETSIG, SIGKILL)) : -EBADE;
	case LOCKS:
		return unlock(5);
	case FLAGS:
		return forbidden(fcntl(5, F_SETFL, O_NONBLOCK));
	case MANY_FILES:
		return many_files();
	case BIG_FILE:
		return big_file();
	default:
		return -EINVAL;
	}
}

static int do_broken(enum deed deed, struct filter_next *next)
{
	char *volatile nowhere = (char *)16;

	switch (deed) {
	case FAIL:
		next->say(next, FILTER_WHY, "nothing goes\x1b[31m");
		return -EIO;
	case CRASH:
		raise(SIGSEGV);
		return -EBADE;
	case SCRIBBLE:
		*nowhere = 1;
		return -EBADE;
	case LOOP:
		for (volatile int i = 0;; i++)
			;
	case SLEEP:
		for (;;)
			pause();
	case LEAVE:
		_exit(3);
	case NO_MEMORY:
		return -ENOMEM;
	case CANCEL:
		return -ECANCELED;
	case BIG:
		return allocate();
	case GREEDY:
		return read_much(next);
	case FORGE:
		return forge();
	case SHRINK:
		return forbidden(ftruncate(4, 0));
	case BAD_SAY:
		next->say(next, 77, "what?");
		return -EBADE;
	default:
		return do_forbidden(deed);
	}
}

/* Of what it needs itself, what that offers. */
static int use_library(struct filter_next *next)
{
	const char *companion = next->library(next, "companion");

	return companion && strcmp(companion, "companion") == 0 &&
	       !next->library(next, "trial") &&
	       !next->library(next, "unknown") ? 0 : -EBADE;
}

static int probe(void *self, struct filter_next *next, int *score)
{
	struct trial *trial = self;

	switch ((enum deed)trial->deed) {
	case READ:
		*score += 7;
		return read_medium(trial, next);
	case REFUSE:
		next->say(next, FILTER_WHY, "no trial here");
		return -ENODEV;
	case OPEN_PROC:
		return open_again();
	case RANDOM:
		return open("/dev/urandom", O_RDONLY) < 0 ? -errno : 0;
	case WRITE_BELOW:
		return write_below(next);
	case MAP:
		return map_medium(next);
	case FILE_OF:
		return file_of(trial, next);
	case BESIDE:
		return read_beside(trial, next);
	case LIBRARY:
		return use_library(next);
	default:
		return do_broken((enum deed)trial->deed, next);
	}
}

static int prepare(void *self, struct filter_next *next)
{
	struct trial *trial = self;

	if (trial->deed == TICKET)
		return make_ticket(next);
	if (trial->deed == ASK)
		return ask_twice(next);
	return do_broken((enum deed)trial->deed, next);
}

static const struct filter_param params[] = {
	{ .name = "deed", .type = FILTER_CHOICE,
	  .at = offsetof(struct trial, deed), .preset = "read",
	  .summary = "what to do", .choices = deeds },
	{ .name = "want", .type = FILTER_TEXT,
	  .at = offsetof(struct trial, want), .preset = "",
	  .summary = "what the medium holds" },
	{ .name = "beside", .type = FILTER_MEDIUM,
	  .at = offsetof(struct trial, beside), .flags = FILTER_READONLY,
	  .summary = "a second medium" },
	{ 0 },
};

static const char *const needs[] = { "companion 1.2", NULL };

/* The arguments of a verb that has none are there all the same. */
static int report(void *self, const void *args, struct filter_next *next)
{
	const struct trial *trial = self;

	next->say(next, FILTER_INFO, "reported");
	if (trial->deed == FAIL)
		next->say(next, FILTER_WHY, "it would not");
	return !args ? -EBADE : trial->deed == FAIL ? -EIO : 0;
}

static const struct filter_verb verbs[] = {
	{ .name = "report", .summary = "say something", .run = report },
	{ .name = NULL },
};

const struct filter_ops trial_filter = {
	.abi = FILTERD_ABI,
	.flags = FILTER_TRANSPARENT,
	.name = "trial",
	.summary = "does what a test wants",
	.version = "1.0.0",
	.needs = needs,
	.instance_size = sizeof(struct trial),
	.scratch = 2u << 20,
	.params = params,
	.verbs = verbs,
	.probe = probe,
	.prepare = prepare,
};

FILTERD_MODULE(trial_filter);
