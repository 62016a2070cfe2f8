/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cage.c - see cage.h
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "util.h"

#include "cage.h"

#define NOBODY		65534u
#define MAX_FILES	16u
#define MAX_LOCKED	(64u << 20)

/* The flags of open(2) that make or empty a file. */
#define MAKES	(O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY))

static int limit(int resource, uint64_t to)
{
	struct rlimit rl = { (rlim_t)to, (rlim_t)to };

	/* Soft first: SIGXCPU says why, SIGKILL does not. */
	if (resource == RLIMIT_CPU)
		rl.rlim_max++;

	return setrlimit((__rlimit_resource_t)resource, &rl) < 0 ? -errno : 0;
}

static int set_limits(const struct cage *cage)
{
	int r = limit(RLIMIT_CORE, 0);

	if (r == 0)
		r = limit(RLIMIT_NOFILE, MAX_FILES);
	if (r == 0)
		r = limit(RLIMIT_FSIZE, cage->file);
	if (r == 0)
		r = limit(RLIMIT_CPU, cage->cpu_s);
#ifndef SANITIZED		/* their shadow is larger than any limit */
	if (r == 0)
		r = limit(RLIMIT_AS, cage->memory);
#endif
	if (r < 0)
		return r;
	/* Only root can; others lock what they are allowed to. */
	(void)limit(RLIMIT_MEMLOCK, MAX_LOCKED);
	/* A file that grows too long is an error, not the end. */
	return signal(SIGXFSZ, SIG_IGN) == SIG_ERR ? -errno : 0;
}

/* Where there is no such user (a container with few of them) we stay who we
   are: without capabilities, and that must succeed. */
static int drop_rights(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	if (geteuid() == 0) {
		for (int cap = 0; cap < 64; cap++)
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
		(void)setgroups(0, NULL);
		(void)!setresgid(NOBODY, NOBODY, NOBODY);
		(void)!setresuid(NOBODY, NOBODY, NOBODY);
	}
	if (syscall(SYS_capset, &head, none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	/* Another user's child is no longer told of its parent's death. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ? -errno : 0;
}

/* <linux/landlock.h> as it grew; what a kernel does not know is cut off. */
struct landlock_rights {
	uint64_t files, network, scopes;
};

struct landlock_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum { LANDLOCK_VERSION = 1, LANDLOCK_BENEATH = 1, LANDLOCK_READ_FILE = 4 };

static size_t rights_of(long version, struct landlock_rights *ret)
{
	static const unsigned files[] = { 0, 13, 14, 15, 15, 16 };
	size_t last = ARRAY_SIZE(files) - 1;

	*ret = (struct landlock_rights){
		.files = (1u << files[MIN((size_t)version, last)]) - 1,
		.network = version >= 4 ? 3 : 0,
		.scopes = version >= 6 ? 3 : 0,
	};
	if (version >= 6)
		return sizeof(*ret);
	return version >= 4 ? offsetof(struct landlock_rights, scopes) :
			      offsetof(struct landlock_rights, network);
}

static void allow_reading(int ruleset, const char *path)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_beneath rule = {
		.allowed = LANDLOCK_READ_FILE, .parent = fd,
	};

	/* Without it a library that wants random bytes fails, in the cage. */
	if (fd >= 0)
		(void)syscall(SYS_landlock_add_rule, ruleset,
			      LANDLOCK_BENEATH, &rule, 0);
}

/* No file but what has a descriptor (memory can be opened again), and the
   sources of randomness.  0, 1: the kernel cannot, or -errno. */
static int hide_files(void)
{
	struct landlock_rights rights;
	_cleanup_fd_ int ruleset = -1;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_VERSION);
	size_t size;

	if (version < 1)
		return 1;
	size = rights_of(version, &rights);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights, size, 0);
	if (ruleset < 0)
		return -errno;
	allow_reading(ruleset, "/dev/urandom");
	allow_reading(ruleset, "/dev/random");
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return -errno;
	return 0;
}

/* Files that are open, memory, time, threads, and the way out. */
static const char *const allowed[] = {
	"read", "readv", "pread64", "preadv", "preadv2",
	"write", "writev", "pwrite64", "pwritev", "pwritev2",
	"lseek", "_llseek", "close", "dup", "dup2", "dup3",
	"fsync", "fdatasync", "ftruncate", "ftruncate64", "fallocate",
	"fadvise64", "fadvise64_64", "arm_fadvise64_64", "memfd_create",
	"fstat", "fstat64", "fstatfs", "fstatfs64", "newfstatat", "fstatat64",
	"stat", "stat64", "lstat", "statx", "access", "faccessat",
	"faccessat2", "readlink", "readlinkat", "getcwd",
	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6",
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock",
	"msync", "mincore", "membarrier",
	"futex", "futex_time64", "futex_waitv", "set_robust_list",
	"get_robust_list", "rseq", "set_tid_address", "exit", "exit_group",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending",
	"sigreturn", "sigaltstack", "restart_syscall",
	"clock_gettime", "clock_gettime64", "clock_getres",
	"clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64",
	"nanosleep", "gettimeofday", "time", "times", "getrusage",
	"sched_yield", "sched_getaffinity", "sched_getparam",
	"sched_getscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "getpriority", "getcpu",
	"getrandom", "getpid", "getppid", "gettid", "getuid", "geteuid",
	"getgid", "getegid", "getuid32", "geteuid32", "getgid32", "getegid32",
	"getresuid", "getresgid", "getrlimit", "ugetrlimit", "uname",
	"sysinfo",
};

/* Libraries take the first error for a kernel that lacks the call, and go
   another way; "not permitted" they take for a fault. */
static const char *const absent[] = {
	"clone3", "add_key", "request_key", "keyctl",
};

/* What libblkid asks a block device; none of it changes anything. */
static const unsigned long questions[] = {
	BLKGETSIZE64, BLKGETSIZE, BLKSSZGET, BLKPBSZGET, BLKIOMIN, BLKIOOPT,
	BLKALIGNOFF, BLKROGET, BLKDISCARDZEROES,
	0x80041284,	/* BLKGETZONESZ */
	0x0301,		/* HDIO_GETGEO */
	0x5331,		/* CDROM_GET_CAPABILITY */
};

/* Not the locks and flags of a description that the daemon uses too, and no
   F_SETOWN: with F_SETSIG that is kill(2). */
static const int file_controls[] = {
	F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_ADD_SEALS,
	F_GET_SEALS,
};

static int rule(scmp_filter_ctx ctx, uint32_t action, const char *name,
		unsigned n, const struct scmp_arg_cmp *args)
{
	int call = seccomp_syscall_resolve_name(name);
	int r;

	if (call == __NR_SCMP_ERROR)
		return 0;		/* younger than the library */
	r = seccomp_rule_add_array(ctx, action, call, n, args);
	return r == -EDOM ? 0 : r;	/* not on this machine */
}

static int allow_if(scmp_filter_ctx ctx, const char *name,
		    struct scmp_arg_cmp arg)
{
	return rule(ctx, SCMP_ACT_ALLOW, name, 1, &arg);
}

/* Memory is never both written and run: nothing new runs at all. */
static int allow_memory(scmp_filter_ctx ctx)
{
	const struct scmp_arg_cmp no_exec =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int r = allow_if(ctx, "mmap", no_exec);

	if (r == 0)
		r = allow_if(ctx, "mmap2", no_exec);
	if (r == 0)
		r = allow_if(ctx, "mprotect", no_exec);
	return r;
}

static int allow_controls(scmp_filter_ctx ctx)
{
	static const char *const calls[] = { "fcntl", "fcntl64" };
	int r = 0;

	for (unsigned c = 0; c < ARRAY_SIZE(calls); c++)
		for (unsigned i = 0; i < ARRAY_SIZE(file_controls) && r == 0;
		     i++)
			r = allow_if(ctx, calls[c],
				     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff,
					     (scmp_datum_t)file_controls[i]));
	return r;
}

static int allow_some(scmp_filter_ctx ctx, int socket)
{
	const struct scmp_arg_cmp ours = SCMP_A0(SCMP_CMP_EQ,
						 (scmp_datum_t)socket);
	int r = allow_memory(ctx);

	if (r == 0)
		r = allow_controls(ctx);
	if (r == 0)
		r = allow_if(ctx, "sendmsg", ours);
	if (r == 0)
		r = allow_if(ctx, "recvmsg", ours);
	if (r == 0)		/* threads, no processes */
		r = allow_if(ctx, "clone",
			     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
				     CLONE_THREAD));
	if (r == 0)		/* abort(3) */
		r = allow_if(ctx, "tgkill",
			     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (r == 0)		/* limits can be read */
		r = allow_if(ctx, "prlimit64", SCMP_A2(SCMP_CMP_EQ, 0));
	if (r == 0)
		r = allow_if(ctx, "prctl",
			     SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
	if (r == 0)
		r = allow_if(ctx, "prctl",
			     SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA));
	for (unsigned i = 0; i < ARRAY_SIZE(questions) && r == 0; i++)
		r = allow_if(ctx, "ioctl",
			     SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff,
				     questions[i]));
	return r;
}

/* Nothing is made anew, whoever would be allowed to; and where all files are
   in reach, none is opened for writing: they may be a user's own. */
static int allow_opening(scmp_filter_ctx ctx, bool bare)
{
	const scmp_datum_t never = MAKES | (bare ? O_ACCMODE : 0);
	int r = allow_if(ctx, "open",
			 SCMP_A1(SCMP_CMP_MASKED_EQ, never, O_RDONLY));

	return r < 0 ? r : allow_if(ctx, "openat",
			SCMP_A2(SCMP_CMP_MASKED_EQ, never, O_RDONLY));
}

static int fill_filter(scmp_filter_ctx ctx, const struct cage *cage,
		       bool bare)
{
	const uint32_t no_such_call = SCMP_ACT_ERRNO(ENOSYS);
	int r = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(allowed) && r == 0; i++)
		r = rule(ctx, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (unsigned i = 0; i < ARRAY_SIZE(absent) && r == 0; i++)
		r = rule(ctx, no_such_call, absent[i], 0, NULL);
	if (r == 0)
		r = allow_some(ctx, cage->socket);
	if (r == 0 && (cage->opens || !bare))
		r = allow_opening(ctx, bare);
	return r;
}

static int filter_calls(const struct cage *cage, bool bare)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r;

	if (!ctx)
		return -ENOMEM;
	r = fill_filter(ctx, cage, bare);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

int cage_enter(const struct cage *cage)
{
	int bare, r = set_limits(cage);

	if (r == 0)
		r = drop_rights();
	if (r < 0)
		return r;
	bare = hide_files();
	if (bare < 0)
		return bare;
	r = filter_calls(cage, bare > 0);
	return r < 0 ? r : bare;
}
