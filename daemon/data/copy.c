/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy.c - see copy.h
 *
 * Code paths: copy -> edge -> port -> store_read(), store_write().
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "copy.h"
#include "edge.h"
#include "port.h"
#include "util.h"

/* Zeros have no bytes to count by: so much at once, to tell how far it is. */
#define ZERO_STEP (64u << 20)

struct copy {
	struct port port;
	struct edge *edge;
	const char *name;
	int fd;
	bool fresh;			/* what is passed over is zeros */
	uint64_t size;			/* bytes to copy */
	void *buf;			/* FILTER_MAX_IO */
	copy_progress_fn *progress;
	void *arg;
	struct failure *f;
};

/* A file that had bytes, or that is appended to, would keep its own where we
   pass over zeros. */
static bool is_fresh(int fd, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size == 0 &&
	       (fcntl(fd, F_GETFL) & O_APPEND) == 0;
}

/* A level that was reached is left again by copy_close(). */
static int copy_open(struct copy *copy, struct store *store, int level)
{
	struct stat st;
	int r;

	if (fstat(copy->fd, &st) < 0)
		return failure_errno(copy->f, -errno, "cannot copy '%s'",
				     copy->name);
	copy->fresh = is_fresh(copy->fd, &st);
	port_init(&copy->port, store);
	copy->edge = edge_new(&copy->port);
	if (!copy->edge ||
	    posix_memalign(&copy->buf, 4096, FILTER_MAX_IO) != 0)
		return failure_errno(copy->f, -ENOMEM, "cannot copy '%s'",
				     copy->name);
	r = port_access(&copy->port, level);
	return r < 0 ? failure_errno(copy->f, r, "cannot open '%s'",
				     copy->name) : 0;
}

static void copy_close(struct copy *copy)
{
	if (copy->edge)
		(void)port_access(&copy->port, FILTER_NOBODY);
	edge_free(copy->edge);
	free(copy->buf);
}

static int tell(struct copy *copy, uint64_t done)
{
	int r = copy->progress(copy->arg, done, copy->size);

	return r < 0 ? failure_set(copy->f, r, EXIT_INTERRUPTED,
				   "interrupted") : 0;
}

static int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* How far the zeros reach that begin at @off; 0: data begins there. */
static uint64_t zeros_at(struct copy *copy, uint64_t off, uint64_t *ret_len)
{
	struct filter_next *next = &copy->port.face;
	uint64_t len = copy->size - off;
	unsigned what = 0;

	*ret_len = MIN(len, (uint64_t)FILTER_MAX_IO);
	if (!copy->fresh)
		return 0;
	/* A filter that cannot tell has data. */
	if (next->map(next, off, &len, &what) < 0 || len == 0)
		return 0;
	if (what & FILTER_ZERO)		/* a hole alone reads as anything */
		return MIN(len, (uint64_t)ZERO_STEP);
	*ret_len = MIN(len, (uint64_t)FILTER_MAX_IO);
	return 0;
}

static int copy_out_at(struct copy *copy, uint64_t off, uint64_t *ret_done)
{
	uint64_t len, zeros = zeros_at(copy, off, &len);
	int r;

	if (zeros > 0) {
		*ret_done = zeros;
		if (lseek(copy->fd, (off_t)zeros, SEEK_CUR) < 0)
			return failure_errno(copy->f, -errno,
					     "cannot write the copy");
		return 0;
	}
	r = edge_read(copy->edge, copy->buf, (size_t)len, off);
	if (r < 0)
		return failure_errno(copy->f, r, "cannot read '%s' at byte "
				     "%llu", copy->name,
				     (unsigned long long)off);
	r = write_all(copy->fd, copy->buf, (size_t)len);
	if (r < 0)
		return failure_errno(copy->f, r, "cannot write the copy");
	*ret_done = len;
	return 0;
}

/* A pipe or a terminal has nothing to be made durable. */
static int finish_out(struct copy *copy)
{
	if (copy->fresh && ftruncate(copy->fd, (off_t)copy->size) < 0)
		return failure_errno(copy->f, -errno,
				     "cannot write the copy");
	if (fsync(copy->fd) < 0 && errno != EINVAL && errno != EROFS)
		return failure_errno(copy->f, -errno,
				     "the copy is not durable");
	return 0;
}

int copy_out(struct store *store, const char *name, int fd,
	     copy_progress_fn *progress, void *arg, struct failure *f)
{
	struct copy copy = { .name = name, .fd = fd, .progress = progress,
			     .arg = arg, .f = f,
			     .size = store->medium.size };
	uint64_t off = 0, done = 0;
	int r = copy_open(&copy, store, FILTER_READER);

	while (r == 0 && off < copy.size) {
		r = copy_out_at(&copy, off, &done);
		if (r < 0)
			break;
		off += done;
		r = tell(&copy, off);
	}
	if (r == 0)
		r = finish_out(&copy);
	copy_close(&copy);
	return r;
}

/* The size of what is copied in; a pipe has none. */
static int measure(struct copy *copy, const struct store *store)
{
	struct stat st;
	int r = 0;

	if (fstat(copy->fd, &st) < 0)
		r = -errno;
	else if (S_ISREG(st.st_mode))
		copy->size = (uint64_t)st.st_size;
	else if (!S_ISBLK(st.st_mode))
		return failure_set(copy->f, -EINVAL, EXIT_USAGE, "only a "
				   "file or a disk can be copied in: its "
				   "size must be known");
	else if (ioctl(copy->fd, BLKGETSIZE64, &copy->size) < 0)
		r = -errno;
	if (r < 0)
		return failure_errno(copy->f, r, "cannot copy in");
	if (copy->size > store->medium.size)
		return failure_set(copy->f, -ENOSPC, EXIT_FAILED,
				   "'%s' is too small: it has %llu bytes, "
				   "the file %llu", copy->name,
				   (unsigned long long)store->medium.size,
				   (unsigned long long)copy->size);
	if (!store->medium.writable)
		return failure_set(copy->f, -EROFS, EXIT_DENIED,
				   "'%s' cannot be written", copy->name);
	return 0;
}

/* Where data begins at or behind @off, at most the size. */
static uint64_t data_at(const struct copy *copy, uint64_t off)
{
	off_t data = lseek(copy->fd, (off_t)off, SEEK_DATA);

	if (data >= 0)
		return MIN((uint64_t)data, copy->size);
	return errno == ENXIO ? copy->size : off;
}

static int read_all(const struct copy *copy, size_t len, uint64_t off)
{
	char *p = copy->buf;

	while (len > 0) {
		ssize_t n = pread(copy->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)	/* 0: it became shorter under our hands */
			return n < 0 ? -errno : -EIO;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int copy_in_at(struct copy *copy, uint64_t off, uint64_t *ret_done)
{
	uint64_t data = data_at(copy, off), len;
	int r;

	if (data > off) {
		len = MIN(data - off, (uint64_t)ZERO_STEP);
		r = edge_zero(copy->edge, len, off, 0);
	} else {
		len = MIN(copy->size - off, (uint64_t)FILTER_MAX_IO);
		r = read_all(copy, (size_t)len, off);
		if (r < 0)
			return failure_errno(copy->f, r, "cannot read the "
					     "file at byte %llu",
					     (unsigned long long)off);
		r = edge_write(copy->edge, copy->buf, (size_t)len, off, 0);
	}
	if (r < 0)
		return failure_errno(copy->f, r, "cannot write '%s' at byte "
				     "%llu", copy->name,
				     (unsigned long long)off);
	*ret_done = len;
	return 0;
}

int copy_check(struct store *store, const char *name, int fd,
	       struct failure *f)
{
	struct copy copy = { .name = name, .fd = fd, .f = f };

	return measure(&copy, store);
}

int copy_in(struct store *store, const char *name, int fd,
	    copy_progress_fn *progress, void *arg, struct failure *f)
{
	struct copy copy = { .name = name, .fd = fd, .progress = progress,
			     .arg = arg, .f = f };
	struct filter_next *next = &copy.port.face;
	uint64_t off = 0, done = 0;
	int r = measure(&copy, store);

	if (r == 0)
		r = copy_open(&copy, store, FILTER_WRITER);
	while (r == 0 && off < copy.size) {
		r = copy_in_at(&copy, off, &done);
		if (r < 0)
			break;
		off += done;
		r = tell(&copy, off);
	}
	if (r == 0) {
		r = next->flush(next);
		if (r < 0)
			(void)failure_errno(f, r, "'%s' is not durable",
					    name);
	}
	copy_close(&copy);
	return r;
}
