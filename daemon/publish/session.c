/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.c - see session.h
 *
 * An abort puts a broken pipe in the place of the connection's descriptor.
 * When the last worker has left read(2) nobody holds the connection any more,
 * and the kernel ends it.  That works for every user, with and without
 * fusectl; a late reply of a stuck worker goes nowhere (SIGPIPE is blocked as
 * all signals are); and poll(2) tells libfuse what it would of a connection
 * that has ended.
 */
#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filterd/filter.h>

#include "cleanup.h"
#include "crew.h"
#include "escape.h"
#include "log.h"
#include "session.h"
#include "util.h"

#define TICK_MS			30000u
#define PATIENCE_UNMOUNTED	60u	/* seconds */
#define PATIENCE_ABORTED	2u
#define MAX_BACKGROUND		128u	/* the kernel's own limit is 12 */

#define CONTAINER_HINT \
	"in a container, start it with --device /dev/fuse --cap-add SYS_ADMIN"

extern char **environ;

struct session {
	struct fuse_session *fuse;
	struct crew *crew;
	char *path;
	int broken;	/* a pipe's end, ready for an abort */
	atomic_bool aborted;
	atomic_bool hidden;	/* the path may be another's */
};

/* What libfuse said last on this thread: its errors come as text alone. */
static _Thread_local char said[256];

static void hear(enum fuse_log_level level, const char *fmt, va_list ap)
{
	char line[sizeof(said)];

	(void)level;
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	(void)escape(line, said, sizeof(said));
	log_debug("libfuse: %s", said);
}

void session_negotiate(struct fuse_conn_info *connection)
{
	connection->max_write = FILTER_MAX_IO;
	connection->max_readahead = FILTER_MAX_IO;
	connection->max_background = MAX_BACKGROUND;
	connection->congestion_threshold = MAX_BACKGROUND * 3 / 4;
	connection->want |= connection->capable &
		(FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO);
	/* O_TRUNC must come as a setattr, which we can refuse; the medium
	   changes through us alone, so no cache needs dropping; splicing
	   gains nothing where bytes are looked at. */
	connection->want &= ~(unsigned)(FUSE_CAP_ATOMIC_O_TRUNC |
		FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_READ |
		FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

bool session_users_may_share(void)
{
	_cleanup_file_ FILE *conf = fopen("/etc/fuse.conf", "re");
	char line[256], word[32];

	while (conf && fgets(line, sizeof(line), conf))
		if (sscanf(line, " %31s", word) == 1 &&
		    streq(word, "user_allow_other"))
			return true;
	return false;
}

/* Root's loop devices and other users' root must reach the file; whom it is
   for is decided by its mode. */
static struct fuse_session *connection_new(const struct fuse_lowlevel_ops *ops,
					   void *arg, bool read_only)
{
	bool others = geteuid() == 0 || session_users_may_share();
	char name[] = "filterd", minus_o[] = "-o", options[160];
	char *argv[] = { name, minus_o, options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *fuse;

	(void)snprintf(options, sizeof(options),
		       "fsname=filterd,subtype=filterd,default_permissions,"
		       "nosuid,nodev,noexec%s%s", read_only ? ",ro" : "",
		       others ? ",allow_other" : "");
	fuse = fuse_session_new(&args, ops, sizeof(*ops), arg);
	fuse_opt_free_args(&args);
	return fuse;
}

/* Told apart before libfuse puts everything into one -1. */
static int check_fuse(struct failure *f)
{
	_cleanup_fd_ int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int error = errno;

	if (fd >= 0)
		return 0;
	if (error == ENOENT || error == ENODEV || error == ENXIO) {
		failure_hint(f, "load it with 'modprobe fuse'; "
			     CONTAINER_HINT);
		return failure_set(f, -error, EXIT_UNSUPPORTED,
				   "this system offers no FUSE: /dev/fuse: %s",
				   strerror(error));
	}
	failure_hint(f, "/dev/fuse should have mode 0666; " CONTAINER_HINT);
	return failure_errno(f, -error, "cannot open /dev/fuse");
}

static int mount_failed(const char *path, struct failure *f)
{
	char name[256];

	failure_hint(f, geteuid() == 0 ? CONTAINER_HINT :
		     "users need fusermount3, set-user-ID root (package "
		     "fuse3), and a directory of their own");
	return failure_set(f, -EPERM, EXIT_DENIED, "cannot mount on %s: %s",
			   escape(path, name, sizeof(name)),
			   said[0] ? said : "mount failed");
}

/*
 * fusermount3 -u [-z] PATH, for who may not umount(2).  Only its words tell a
 * busy file from the rest.
 */
static int run_fusermount(const char *path, bool lazily)
{
	char name[] = "fusermount3", now[] = "-u", later[] = "-uz";
	char dashes[] = "--", text[256] = "";
	char *argv[] = { name, lazily ? later : now, dashes, (char *)path,
			 NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	_cleanup_file_ FILE *words = NULL;
	sigset_t none;
	int ends[2], status = 0, r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	(void)sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	r = -posix_spawnp(&pid, name, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	(void)close(ends[1]);
	words = fdopen(ends[0], "r");
	if (!words)
		(void)close(ends[0]);
	if (r < 0)
		return r;
	if (words && fread(text, 1, sizeof(text) - 1, words) == 0)
		text[0] = '\0';
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return strstr(text, "busy") ? -EBUSY : -EPERM;
}

static int unmount(const char *path, int flags)
{
	if (umount2(path, flags | UMOUNT_NOFOLLOW) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	return run_fusermount(path, (flags & MNT_DETACH) != 0);
}

static void process(void *arg, void *message, size_t len)
{
	struct session *session = arg;
	struct fuse_buf buf = { .size = len, .mem = message };

	fuse_session_process_buf(session->fuse, &buf);
}

static void destroy(struct session *session)
{
	crew_free(session->crew);
	if (session->fuse) {
		/* Frees; sees that there is nothing left to unmount, which
		   the connection itself does not tell while another mount
		   namespace has a copy of the mount. */
		(void)dup3(session->broken, fuse_session_fd(session->fuse),
			   O_CLOEXEC);
		fuse_session_unmount(session->fuse);
		fuse_session_destroy(session->fuse);
	}
	if (session->broken >= 0)
		(void)close(session->broken);
	free(session->path);
	free(session);
}

static int broken_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	(void)close(ends[0]);
	return ends[1];
}

/* Mounts and starts receiving; @session is half built on error. */
static int begin(struct session *session,
		 const struct session_options *options, struct failure *f)
{
	int r;

	said[0] = '\0';
	if (fuse_session_mount(session->fuse, session->path) != 0)
		return mount_failed(options->shown ? options->shown :
				    session->path, f);
	r = crew_start(fuse_session_fd(session->fuse), options->workers,
		       TICK_MS, process, session, &session->crew);
	if (r == 0)
		return 0;
	(void)unmount(session->path, MNT_DETACH);
	return failure_errno(f, r, "cannot start a worker");
}

int session_start(const struct fuse_lowlevel_ops *ops, void *arg,
		  const char *path, const struct session_options *options,
		  struct session **ret, struct failure *f)
{
	struct session *session;
	int r = check_fuse(f);

	if (r < 0)
		return r;
	fuse_set_log_func(hear);
	session = calloc(1, sizeof(*session));
	if (!session)
		return failure_errno(f, -ENOMEM, "cannot start a session");
	session->path = strdup(path);
	session->broken = broken_pipe();
	session->fuse = connection_new(ops, arg, options->read_only);
	if (session->path && session->broken >= 0 && session->fuse)
		r = begin(session, options, f);
	else
		r = failure_errno(f, -ENOMEM, "cannot start a session");
	if (r < 0) {
		destroy(session);
		return r;
	}
	*ret = session;
	return 0;
}

/* Somebody else may have unmounted it. */
static int unmount_unless_done(struct session *session, int flags)
{
	int r = unmount(session->path, flags);

	return r == -EINVAL || r == -ENOENT ? 0 : r;
}

/* It knows nothing of the file when nobody has looked at it yet, and nothing
   at all before it has greeted us: then libfuse says ENOSYS. */
int session_forget(struct session *session)
{
	int r = fuse_lowlevel_notify_inval_inode(session->fuse, FUSE_ROOT_ID,
						 0, 0);

	return r == -ENOENT || r == -ENOSYS ? 0 : r;
}

int session_unmount(struct session *session)
{
	return unmount_unless_done(session, 0);
}

int session_hide(struct session *session)
{
	int r = unmount_unless_done(session, MNT_DETACH);

	if (r == 0)
		atomic_store(&session->hidden, true);
	return r;
}

/* The kernel ends the connection with the last reference to the mount, and the
   workers leave. */
void session_wait(struct session *session)
{
	crew_attend(session->crew);
}

void session_abort(struct session *session)
{
	if (atomic_exchange(&session->aborted, true))
		return;
	fuse_session_exit(session->fuse);	/* late replies fail unheard */
	(void)dup3(session->broken, fuse_session_fd(session->fuse), O_CLOEXEC);
	crew_dismiss(session->crew);
	/* Its users keep what they have open; the path is free. */
	if (!atomic_load(&session->hidden))
		(void)unmount(session->path, MNT_DETACH);
}

int session_free(struct session *session)
{
	int r = crew_wait(session->crew, atomic_load(&session->aborted) ?
			  PATIENCE_ABORTED : PATIENCE_UNMOUNTED);

	if (r < 0)
		return r;
	destroy(session);
	return 0;
}

void *session_buffer(void)
{
	return crew_buffer();
}
