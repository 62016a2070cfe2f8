/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * claim.c - see claim.h
 *
 * What was let go of just now may still be held for a moment: a loop device
 * goes when the last who looks at it has closed it, a lock when the last who
 * looks through /proc has.  So busy is what stays busy.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "cleanup.h"
#include "escape.h"
#include "occupant.h"
#include "sysfs.h"

#define WAIT_MS	300
#define STEP_MS	20

/* The file of @fd again, with its own open file description. */
static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int fail(struct failure *f, int error, const char *path)
{
	char name[256];

	return failure_errno(f, error, "%s cannot be claimed",
			     escape(path, name, sizeof(name)));
}

static int refuse_loop(const char *path, const struct stat *st,
		       struct failure *f)
{
	char name[256], loop[32];

	if (!occupant_loop(st, loop, sizeof(loop)))
		return 0;
	failure_set(f, -EBUSY, EXIT_BUSY, "%s is in use: %s stands on it",
		    escape(path, name, sizeof(name)), loop);
	failure_hint(f, "name %s instead, or detach it: losetup -d %s", loop,
		     loop);
	return -EBUSY;
}

static int claim_image(const char *path, int fd, const struct stat *st,
		       bool writable, struct failure *f)
{
	struct flock lock = {
		.l_type = writable ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
	};
	_cleanup_fd_ int claim = reopen(fd, writable ? O_RDWR : O_RDONLY);
	int r;

	if (claim < 0)
		return fail(f, -errno, path);
	if (fcntl(claim, F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return occupant_of_lock(path, st, f);
		return fail(f, -errno, path);
	}
	/* Loop devices take no locks. */
	r = refuse_loop(path, st, f);
	return r < 0 ? r : take_fd(&claim);
}

struct wanted {
	unsigned number;
	dev_t dev;
	char node[64];
};

static int find_partition(void *arg, dev_t dev, const char *node,
			  unsigned number)
{
	struct wanted *wanted = arg;

	if (number != wanted->number)
		return 0;
	wanted->dev = dev;
	snprintf(wanted->node, sizeof(wanted->node), "/dev/%.58s", node);
	return 1;
}

/* The kernel's node of the partition alone; -ENOENT: it has none. */
static int open_partition(const struct stat *st, unsigned partition,
			  int flags)
{
	struct wanted wanted = { .number = partition };
	_cleanup_fd_ int fd = -1;
	struct stat node;

	if (partition == 0 ||
	    sysfs_partitions(st->st_rdev, find_partition, &wanted) == 0)
		return -ENOENT;
	fd = open(wanted.node, flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &node) < 0 || !S_ISBLK(node.st_mode) ||
	    node.st_rdev != wanted.dev)
		return -ENOENT;
	return take_fd(&fd);
}

static int claim_block(const char *path, int fd, const struct stat *st,
		       bool writable, unsigned partition, struct failure *f)
{
	int flags = (writable ? O_RDWR : O_RDONLY) | O_EXCL;
	_cleanup_fd_ int claim = open_partition(st, partition, flags);
	int r;

	if (claim == -ENOENT) {
		claim = reopen(fd, flags);
		if (claim < 0)
			claim = -errno;
	}
	if (claim == -EBUSY)
		return occupant_of_block(path, st, f);
	if (claim < 0)
		return fail(f, claim, path);
	r = refuse_loop(path, st, f);
	return r < 0 ? r : take_fd(&claim);
}

/* NFS makes both kinds of lock the same on the server: ours would meet. */
static bool has_flock(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type != NFS_SUPER_MAGIC;
}

static int claim_now(const char *path, int fd, bool writable,
		     unsigned partition, struct failure *f)
{
	_cleanup_fd_ int claim = -1;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(f, -errno, path);
	claim = S_ISBLK(st.st_mode) ?
		claim_block(path, fd, &st, writable, partition, f) :
		claim_image(path, fd, &st, writable, f);
	if (claim < 0)
		return claim;
	/* What cannot do this at all does not fail the claim. */
	if (has_flock(fd) && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
	    errno == EWOULDBLOCK)
		return occupant_of_lock(path, &st, f);
	return take_fd(&claim);
}

int claim_open(const char *path, int fd, bool writable, unsigned partition,
	       struct failure *f)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	struct failure why;
	int r;

	for (unsigned ms = 0;; ms += STEP_MS) {
		why = (struct failure){ 0 };
		r = claim_now(path, fd, writable, partition, &why);
		if (r != -EBUSY || ms >= WAIT_MS)
			break;
		(void)nanosleep(&step, NULL);
	}
	if (r < 0 && f && f->code == EXIT_OK)
		*f = why;
	return r;
}
