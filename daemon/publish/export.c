/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * export.c - see export.h
 *
 * The file behaves as a block device would: its size is fixed, what lies past
 * the end cannot be written, and truncating it changes nothing.  The kernel
 * checks who may open it (default_permissions) and that nobody writes to a
 * read-only mount, which is what a read-only medium gets.
 *
 * A descriptor with O_DIRECT takes the kernel's own direct path through a file
 * that is otherwise cached.  FOPEN_DIRECT_IO for such openers alone would let
 * their writes run in parallel, but kernels before the end of 2025 neither
 * drop cached pages after such a write nor look for dirty ones before it, and
 * the protocol's version does not tell which do.  So that is for
 * EXPORT_CACHE_NONE, where nobody is cached.
 *
 * One gap is left in either path (measured on 6.18): a page that is read while
 * an asynchronous direct write (AIO, a loop device with direct I/O) to it is
 * under way may stay in the cache with its old bytes.  The next open after a
 * write drops the cache, so that no new reader meets them.
 *
 * Code paths: crew.c -> libfuse -> on_read() -> blockfile.c -> edge -> ...
 */
#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "blockfile.h"
#include "cleanup.h"
#include "escape.h"
#include "export.h"
#include "log.h"
#include "session.h"

#define ATTR_SECONDS	60.0	/* a write drops them sooner */
#define TELL_SECONDS	10	/* between two lines about truncation */

/* So many requests are under way below at once.  Of a disk's 4 KiB reads five
   times as many come back as with two (measured); media as fast as memory lose
   nothing, since a worker is hired when all others are busy. */
#define WORKERS		16u

#ifndef FOPEN_NOFLUSH
#define FOPEN_NOFLUSH (1 << 5)
#endif
#ifndef FOPEN_PARALLEL_DIRECT_WRITES
#define FOPEN_PARALLEL_DIRECT_WRITES (1 << 6)
#endif

struct export {
	struct blockfile file;
	struct session *session;
	struct export_options options;
	enum export_cache cache;	/* for this medium */
	atomic_bool written;		/* since the cache was last dropped */
	_Atomic time_t told;		/* when truncation was last refused */
	bool unmounted;			/* stop goes on from there */
	atomic_bool aborted;
	char *path;
	char *way;			/* path, for system calls */
	const char *name;		/* path's last part */
	int dir;
	bool placed;			/* the placeholder is in dir */
};

static struct export *export_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* @r: 0 or a negative errno.  The kernel hangs the caller of what it does not
   take for one. */
static void reply(fuse_req_t req, int r)
{
	(void)fuse_reply_err(req, r < -511 || r > 0 ? EIO : -r);
}

static void on_init(void *userdata, struct fuse_conn_info *connection)
{
	struct export *export = userdata;

	session_negotiate(connection);
	if (export->cache == EXPORT_CACHE_WRITEBACK)
		connection->want |= connection->capable &
			FUSE_CAP_WRITEBACK_CACHE;
	else
		connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
#ifdef FUSE_CAP_DIRECT_IO_ALLOW_MMAP
	if (export->cache == EXPORT_CACHE_NONE)
		connection->want |= connection->capable &
			FUSE_CAP_DIRECT_IO_ALLOW_MMAP;
#endif
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct stat st;

	(void)ino;
	(void)fi;
	blockfile_stat(&export_of(req)->file, &st);
	(void)fuse_reply_attr(req, &st, ATTR_SECONDS);
}

/* Once in a while: a copy without conv=notrunc tries it but once. */
static void tell_of_truncation(struct export *export)
{
	time_t now = time(NULL), told = atomic_load(&export->told);
	char name[NAME_MAX + 1];

	if (now - told < TELL_SECONDS ||
	    !atomic_compare_exchange_strong(&export->told, &told, now))
		return;
	log_warning("'%s': refused to change its size, which is fixed; with "
		    "dd use conv=notrunc",
		    escape(export->name, name, sizeof(name)));
}

/*
 * Truncating to nothing is what O_TRUNC and mkfs ask for, and does no harm.
 * Times are taken and forgotten, since cp -p and the like set them; mode and
 * owner stay what they are, and whoever asks for another is told so.
 */
static int check_setattr(struct export *export, const struct stat *wanted,
			 int what)
{
	struct stat st;

	blockfile_stat(&export->file, &st);
	if ((what & FUSE_SET_ATTR_SIZE) && wanted->st_size != 0 &&
	    wanted->st_size != st.st_size) {
		tell_of_truncation(export);
		return -EPERM;
	}
	if ((what & FUSE_SET_ATTR_MODE) &&
	    (wanted->st_mode & 07777) != (st.st_mode & 07777))
		return -EPERM;
	if ((what & FUSE_SET_ATTR_UID) && wanted->st_uid != st.st_uid)
		return -EPERM;
	if ((what & FUSE_SET_ATTR_GID) && wanted->st_gid != st.st_gid)
		return -EPERM;
	return 0;
}

static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *wanted,
		       int what, struct fuse_file_info *fi)
{
	int r = check_setattr(export_of(req), wanted, what);

	if (r < 0)
		reply(req, r);
	else
		on_getattr(req, ino, fi);
}

static bool opens_for_writing(const struct fuse_file_info *fi)
{
	return (fi->flags & O_ACCMODE) != O_RDONLY;
}

static void drop(struct export *export, bool writer)
{
	int r = openers_drop(&export->file.openers, writer);
	char name[NAME_MAX + 1];

	if (r < 0)
		log_err("'%s': cannot flush after its last writer left: %s; "
			"what was not synced before may be lost",
			escape(export->name, name, sizeof(name)),
			strerror(-r));
	if (export->options.left && !openers_any(&export->file.openers))
		export->options.left(export->options.arg);
}

static uint32_t open_flags(struct export *export)
{
	if (export->cache == EXPORT_CACHE_NONE)
		return FOPEN_NOFLUSH | FOPEN_DIRECT_IO |
		       FOPEN_PARALLEL_DIRECT_WRITES;
	if (atomic_exchange(&export->written, false))
		return FOPEN_NOFLUSH;
	return FOPEN_NOFLUSH | FOPEN_KEEP_CACHE;
}

/* libfuse has names for these flags, but not every version for all. */
static int reply_open(fuse_req_t req, struct export *export, uint64_t handle)
{
	struct fuse_open_out out = {
		.fh = handle,
		.open_flags = open_flags(export),
	};

	return fuse_reply_buf(req, (const char *)&out, sizeof(out));
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct export *export = export_of(req);
	bool writer = opens_for_writing(fi);
	uint64_t handle;
	int r;

	(void)ino;
	r = writer && !export->file.store->medium.writable ? -EROFS :
	    openers_add(&export->file.openers, writer, &handle);
	if (r < 0)
		reply(req, r);
	else if (reply_open(req, export, handle) == -ENOENT)
		drop(export, writer);	/* killed meanwhile: no release comes */
}

static void on_release(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	(void)ino;
	drop(export_of(req), opens_for_writing(fi));
	reply(req, 0);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t len, off_t off,
		    struct fuse_file_info *fi)
{
	void *buf = session_buffer();
	int r;

	(void)ino;
	(void)fi;
	r = blockfile_read(&export_of(req)->file, buf, &len, (uint64_t)off);
	if (r < 0)
		reply(req, r);
	else
		(void)fuse_reply_buf(req, buf, len);
}

/*
 * O_SYNC contains O_DSYNC; the flags are the write's own, so RWF_DSYNC counts.
 * Of a short direct write the kernel would make EIO (measured: its answer when
 * it sends direct I/O asynchronously); so one that straddles the end is done
 * up to there, and the end is what its caller hears of.
 */
static void on_write(fuse_req_t req, fuse_ino_t ino, const char *buf,
		     size_t len, off_t off, struct fuse_file_info *fi)
{
	unsigned flags = fi->flags & O_DSYNC ? FILTER_DURABLE : 0;
	struct export *export = export_of(req);
	size_t wanted = len;
	int r;

	(void)ino;
	r = blockfile_write(&export->file, buf, &len, (uint64_t)off, flags);
	atomic_store_explicit(&export->written, true, memory_order_release);
	if (r == 0 && len < wanted && (fi->flags & O_DIRECT))
		r = -ENOSPC;
	if (r < 0)
		reply(req, r);
	else
		(void)fuse_reply_write(req, len);
}

static void on_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		     struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	reply(req, blockfile_flush(&export_of(req)->file, fi->fh));
}

static void on_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off,
			 off_t len, struct fuse_file_info *fi)
{
	(void)ino;
	(void)fi;
	reply(req, blockfile_allocate(&export_of(req)->file, mode,
				      (uint64_t)len, (uint64_t)off));
}

/* The kernel asks without writing back first (measured), so a hole may hide
   what only the writeback cache has: there all is data, which ENOSYS says. */
static void on_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		     struct fuse_file_info *fi)
{
	struct export *export = export_of(req);
	uint64_t at = (uint64_t)off;
	int r = -ENOSYS;

	(void)ino;
	(void)fi;
	if (export->cache != EXPORT_CACHE_WRITEBACK)
		r = blockfile_seek(&export->file, whence, &at);
	if (r < 0)
		reply(req, r);
	else
		(void)fuse_reply_lseek(req, (off_t)at);
}

/* Of all ioctls only those whose number tells the kernel what they carry get
   their data through a regular file. */
static void on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned cmd, void *arg,
		     struct fuse_file_info *fi, unsigned flags,
		     const void *in, size_t in_len, size_t out_len)
{
	struct export *export = export_of(req);
	uint64_t size = store_size(export->file.store);
	int r = -ENOTTY;

	(void)ino;
	(void)arg;
	(void)flags;
	(void)in;
	(void)in_len;
	if (cmd == (unsigned)BLKGETSIZE64 && out_len >= sizeof(size)) {
		(void)fuse_reply_ioctl(req, 0, &size, sizeof(size));
		return;
	}
	if (cmd == BLKFLSBUF)
		r = blockfile_flush(&export->file, fi->fh);
	if (r < 0)
		reply(req, r);
	else
		(void)fuse_reply_ioctl(req, 0, NULL, 0);
}

static void on_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statvfs st;

	(void)ino;
	blockfile_statfs(&export_of(req)->file, &st);
	(void)fuse_reply_statfs(req, &st);
}

/* No flush: close(2) means nothing here.  No xattr: a handler would cost each
   cached write a round trip. */
static const struct fuse_lowlevel_ops operations = {
	.init		= on_init,
	.getattr	= on_getattr,
	.setattr	= on_setattr,
	.open		= on_open,
	.release	= on_release,
	.read		= on_read,
	.write		= on_write,
	.fsync		= on_fsync,
	.fallocate	= on_fallocate,
	.lseek		= on_lseek,
	.ioctl		= on_ioctl,
	.statfs		= on_statfs,
};

/* Only once: its name may be another's by then. */
static void displace(struct export *export)
{
	if (export->placed)
		(void)unlinkat(export->dir, export->name, 0);
	export->placed = false;
}

static void destroy(struct export *export)
{
	displace(export);
	if (export->dir >= 0)
		(void)close(export->dir);
	blockfile_fini(&export->file);
	free(export->way);
	free(export->path);
	free(export);
}

/*
 * The mount needs a file to cover.  It is empty and has mode 0000, so that who
 * opens it when nothing is mounted gets no silent file; only fusermount3 must
 * be able to open it first.  Root may all the same, and what he writes there is
 * lost: it goes with the mount, before what takes its time.
 */
static int place(struct export *export, int *ret_fd, struct failure *f)
{
	char name[NAME_MAX + 1];
	int fd = openat(export->dir, export->name, O_WRONLY | O_CREAT |
			O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IWUSR);

	if (fd < 0)
		return failure_errno(f, -errno, "cannot make the file '%s'",
				     escape(export->name, name, sizeof(name)));
	export->placed = true;
	*ret_fd = fd;
	return 0;
}

/*
 * With the writeback cache the kernel keeps sizes itself, and a root inode's
 * begins as 0 (measured: no answer of ours changes it).  It believes a
 * truncation.
 */
static int tell_size(struct export *export)
{
	off_t size = (off_t)store_size(export->file.store);

	return truncate(export->way, size) < 0 ? -errno : 0;
}

static int begin_writeback(struct export *export, struct failure *f)
{
	int r = tell_size(export);

	if (r == 0)
		return 0;
	r = failure_errno(f, r, "cannot set up the writeback cache");
	session_abort(export->session);
	(void)session_free(export->session);	/* nobody had it open */
	return r;
}

static int publish(struct export *export, struct failure *f)
{
	unsigned workers = export->options.workers;
	struct session_options session_options = {
		.workers = workers ? workers : WORKERS,
		.read_only = !export->file.store->medium.writable,
		.shown = export->path,
	};
	_cleanup_fd_ int fd = -1;
	int r;

	r = place(export, &fd, f);
	if (r < 0)
		return r;
	if (geteuid() == 0)
		(void)fchmod(fd, 0);
	r = session_start(&operations, export, export->way, &session_options,
			  &export->session, f);
	if (r < 0)
		return r;
	(void)fchmod(fd, 0);	/* the more careful; not needed */
	return export->cache == EXPORT_CACHE_WRITEBACK ?
	       begin_writeback(export, f) : 0;
}

/* Somebody else may own a directory further up and turn it into a link: root
   goes by the descriptor.  fusermount3 has others' own rights and checks. */
static int find_way(struct export *export)
{
	int n = geteuid() == 0 ?
		asprintf(&export->way, "/proc/self/fd/%d/%s", export->dir,
			 export->name) :
		asprintf(&export->way, "%s", export->path);

	if (n >= 0)
		return 0;
	export->way = NULL;
	return -ENOMEM;
}

/* The path as the kernel will show it to who looks for holders. */
static int find_path(struct export *export, const char *dir, const char *name)
{
	_cleanup_free_ char *real = realpath(dir, NULL);
	char *path;

	if (!real)
		return -errno;
	if (asprintf(&path, "%s/%s", streq(real, "/") ? "" : real, name) < 0)
		return -ENOMEM;
	export->path = path;
	export->name = strrchr(path, '/') + 1;
	return find_way(export);
}

int export_start(struct store *store, const char *dir, int dirfd,
		 const char *name, const struct export_options *options,
		 struct export **ret, struct failure *f)
{
	struct export *export = calloc(1, sizeof(*export));
	char text[NAME_MAX + 1];
	int r;

	if (!export)
		return failure_errno(f, -ENOMEM, "cannot publish a volume");
	export->options = *options;
	export->cache = options->cache;
	if (export->cache == EXPORT_CACHE_WRITEBACK && !store->medium.writable)
		export->cache = EXPORT_CACHE_AUTO;
	export->dir = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	r = blockfile_init(&export->file, store);
	if (options->owner) {
		export->file.uid = options->owner->uid;
		export->file.gid = options->owner->gid;
	}
	if (r == 0 && export->dir < 0)
		r = -EMFILE;
	if (r == 0)
		r = find_path(export, dir, name);
	if (r == 0)
		r = publish(export, f);
	if (r < 0) {
		destroy(export);
		return failure_errno(f, r, "cannot publish '%s'",
				     escape(name, text, sizeof(text)));
	}
	*ret = export;
	return 0;
}

int export_unmount(struct export *export)
{
	int r;

	if (export->unmounted || atomic_load(&export->aborted))
		return 0;
	r = session_unmount(export->session);
	if (r < 0)
		return r;
	export->unmounted = true;
	displace(export);
	return 0;
}

int export_hide(struct export *export)
{
	int r;

	if (atomic_load(&export->aborted))
		return 0;
	r = session_hide(export->session);
	if (r < 0)
		return r;
	export->unmounted = true;
	displace(export);
	return 0;
}

void export_wait(struct export *export)
{
	session_wait(export->session);
}

int export_stop(struct export *export)
{
	int r = export_unmount(export);

	if (r == 0)
		r = session_free(export->session);
	if (r < 0)
		return r;
	r = openers_clear(&export->file.openers);
	destroy(export);
	return r;
}

void export_abort(struct export *export)
{
	atomic_store(&export->aborted, true);
	session_abort(export->session);
}

int export_follow(struct export *export)
{
	int r = session_forget(export->session);

	if (r == 0 && export->cache == EXPORT_CACHE_WRITEBACK)
		r = tell_size(export);
	return r;
}

const struct figures *export_figures(const struct export *export)
{
	return &export->file.figures;
}

const char *export_path(const struct export *export)
{
	return export->path;
}

bool export_is_open(struct export *export)
{
	return openers_any(&export->file.openers);
}
