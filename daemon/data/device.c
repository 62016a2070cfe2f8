/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * device.c - the bottom of a stack: a block device or an image file
 *
 * One descriptor serves everything, either all direct or all buffered: mixed,
 * the page cache could answer with what a direct write has replaced.
 *
 * Code paths: [data], but opening and closing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "barrier.h"
#include "cleanup.h"
#include "device.h"
#include "figures.h"
#include "geometry.h"
#include "scratch.h"

#define ROWS		16u		/* of figures: threads at once, about */

struct device {
	struct store store;		/* first */
	int fd;
	bool block;
	uint32_t memory_align;		/* of buffers; 1 when buffered */
	uint32_t step;			/* of lengths; 1 when buffered */
	struct figures figures;
	atomic_bool gone;
	atomic_bool no_dsync;		/* the kernel refused RWF_DSYNC */
	_Atomic uint64_t lost;		/* flushes that failed */
	struct barrier barrier;
};

static struct device *device_of(struct store *store)
{
	return (struct device *)store;
}

enum way { WAY_READ, WAY_WRITE, WAY_WRITE_DURABLE };

static ssize_t transfer_some(const struct device *device, enum way way,
			     void *buf, size_t len, uint64_t off)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };

	if (way == WAY_READ)
		return pread(device->fd, buf, len, (off_t)off);
	return pwritev2(device->fd, &iov, 1, (off_t)off,
			way == WAY_WRITE_DURABLE ? RWF_DSYNC : 0);
}

static int transfer(const struct device *device, enum way way,
		    unsigned char *buf, size_t len, uint64_t off)
{
	while (len > 0) {
		ssize_t n = transfer_some(device, way, buf, len, off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		/* Direct I/O cannot go on in the middle of a sector. */
		n = (ssize_t)round_down((uint64_t)n, device->step);
		if (n == 0)
			return -EIO;	/* it shrank under us */
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static bool must_bounce(const struct device *device, const void *buf)
{
	return ((uintptr_t)buf & (device->memory_align - 1)) != 0;
}

static int device_read(struct store *store, void *buf, size_t len,
		       uint64_t off)
{
	struct device *device = device_of(store);
	size_t mark = scratch_mark();
	unsigned char *bytes = buf;
	int r = -ENOMEM;

	if (atomic_load(&device->gone))
		return -ENXIO;
	if (must_bounce(device, buf))
		bytes = scratch_take(len);
	if (bytes)
		r = transfer(device, WAY_READ, bytes, len, off);
	if (r == 0 && bytes != buf)
		memcpy(buf, bytes, len);
	scratch_release(mark);
	return r;
}

static int device_flush(struct store *store);

/*
 * A durable write ends in a flush, of what others wrote too, and whether that
 * failed or the write is not told; the kernel reports it this once.
 */
static int write_durable(struct device *device, void *buf, size_t len,
			 uint64_t off)
{
	int r = transfer(device, WAY_WRITE_DURABLE, buf, len, off);

	if (r < 0 && r != -EOPNOTSUPP)
		atomic_fetch_add(&device->lost, 1);
	return r;
}

static int write_aligned(struct device *device, void *buf, size_t len,
			 uint64_t off, unsigned flags)
{
	int r;

	if (!(flags & FILTER_DURABLE))
		return transfer(device, WAY_WRITE, buf, len, off);
	if (!atomic_load(&device->no_dsync)) {
		r = write_durable(device, buf, len, off);
		if (r != -EOPNOTSUPP)
			return r;
		atomic_store(&device->no_dsync, true);
	}
	r = transfer(device, WAY_WRITE, buf, len, off);
	return r < 0 ? r : device_flush(&device->store);
}

static int device_write(struct store *store, const void *buf, size_t len,
			uint64_t off, unsigned flags)
{
	struct device *device = device_of(store);
	size_t mark = scratch_mark();
	void *bytes = (void *)buf;	/* iovec knows no const */
	int r = -ENOMEM;

	if (atomic_load(&device->gone))
		return -ENXIO;
	if (must_bounce(device, buf))
		bytes = scratch_take(len);
	if (bytes && bytes != buf)
		memcpy(bytes, buf, len);
	if (bytes)
		r = write_aligned(device, bytes, len, off, flags);
	scratch_release(mark);
	return r;
}

static int sync_now(void *arg)
{
	struct device *device = arg;
	int r;

	if (atomic_load(&device->gone))
		return -ENXIO;
	do
		r = fdatasync(device->fd) < 0 ? -errno : 0;
	while (r == -EINTR);
	if (r < 0)
		atomic_fetch_add(&device->lost, 1);
	return r;
}

static int device_flush(struct store *store)
{
	struct device *device = device_of(store);

	if (!store->medium.writable)
		return 0;
	return barrier_pass(&device->barrier, sync_now, device);
}

static uint64_t device_lost(struct store *store)
{
	return atomic_load(&device_of(store)->lost);
}

static int allocate(const struct device *device, int mode, uint64_t len,
		    uint64_t off)
{
	int r;

	do
		r = fallocate(device->fd, mode | FALLOC_FL_KEEP_SIZE,
			      (off_t)off, (off_t)len) < 0 ? -errno : 0;
	while (r == -EINTR);
	return r;
}

/*
 * A punched hole reads as zeros, on block devices too (where the kernel
 * refuses to punch what would not); BLKDISCARD promises nothing of the kind.
 */
static int device_zero(struct store *store, uint64_t len, uint64_t off,
		       unsigned flags)
{
	struct device *device = device_of(store);
	int r = -EOPNOTSUPP;

	if (atomic_load(&device->gone))
		return -ENXIO;
	if (flags & FILTER_FREE)
		r = allocate(device, FALLOC_FL_PUNCH_HOLE, len, off);
	if (r == -EOPNOTSUPP)
		r = allocate(device, FALLOC_FL_ZERO_RANGE, len, off);
	if (r == -EOPNOTSUPP)
		return store_write_zeros(store, len, off, flags);
	if (r == 0 && flags & FILTER_DURABLE)
		r = device_flush(store);
	return r;
}

static int device_discard(struct store *store, uint64_t len, uint64_t off)
{
	struct device *device = device_of(store);
	uint64_t range[2] = { off, len };

	if (atomic_load(&device->gone))
		return -ENXIO;
	if (!device->block)
		return allocate(device, FALLOC_FL_PUNCH_HOLE, len, off);
	return ioctl(device->fd, BLKDISCARD, range) < 0 ? -errno : 0;
}

/* Where what @whence looks for begins at or after @off; @end: nowhere before
   it.  A file system that cannot tell has data everywhere. */
static uint64_t seek(const struct device *device, uint64_t off, int whence,
		     uint64_t end)
{
	off_t at = lseek(device->fd, (off_t)off, whence);

	if (at < 0)
		return errno == ENXIO || whence == SEEK_HOLE ? end : off;
	return MIN((uint64_t)at, end);
}

static int device_map(struct store *store, uint64_t off, uint64_t *len,
		      unsigned *ret_what)
{
	struct device *device = device_of(store);
	uint64_t granule = store->medium.granule, end = off + *len, data;

	if (atomic_load(&device->gone))
		return -ENXIO;
	*ret_what = 0;
	if (device->block)
		return 0;

	data = seek(device, off, SEEK_DATA, end);
	if (round_down(data, granule) > off) {
		*len = round_down(data, granule) - off;
		*ret_what = FILTER_HOLE | FILTER_ZERO;
		return 0;
	}
	end = seek(device, MAX(data, off), SEEK_HOLE, end);
	*len = round_up(MAX(end, off + 1), granule) - off;
	return 0;
}

/* Levels mean nothing to a device: what it is open for was decided before. */
static int device_access(struct store *store, int from, int to)
{
	(void)store;
	(void)from;
	(void)to;
	return 0;
}

static uint64_t device_allocated(struct store *store)
{
	struct device *device = device_of(store);
	struct stat st;

	if (device->block || fstat(device->fd, &st) < 0)
		return store_size(store);
	return MIN((uint64_t)st.st_blocks * 512, store_size(store));
}

/* Requests are counted here: what the device asks of itself is none. */

static void begin(struct store *store, enum figures_kind kind,
		  struct figures_run *run)
{
	figures_begin(&device_of(store)->figures, 0, kind, figures_now(), run);
}

static int end(const struct figures_run *run, uint64_t len, int r)
{
	figures_end(run, len, r);
	return r;
}

static int count_read(struct store *store, void *buf, size_t len,
		      uint64_t off)
{
	struct figures_run run;

	begin(store, FIGURES_READ, &run);
	return end(&run, len, device_read(store, buf, len, off));
}

static int count_write(struct store *store, const void *buf, size_t len,
		       uint64_t off, unsigned flags)
{
	struct figures_run run;

	begin(store, FIGURES_WRITE, &run);
	return end(&run, len, device_write(store, buf, len, off, flags));
}

static int count_flush(struct store *store)
{
	struct figures_run run;

	begin(store, FIGURES_FLUSH, &run);
	return end(&run, 0, device_flush(store));
}

static int count_zero(struct store *store, uint64_t len, uint64_t off,
		      unsigned flags)
{
	struct figures_run run;

	begin(store, FIGURES_ZERO, &run);
	return end(&run, len, device_zero(store, len, off, flags));
}

static int count_discard(struct store *store, uint64_t len, uint64_t off)
{
	struct figures_run run;

	begin(store, FIGURES_DISCARD, &run);
	return end(&run, len, device_discard(store, len, off));
}

static const struct store_ops device_ops = {
	.read		= count_read,
	.write		= count_write,
	.flush		= count_flush,
	.zero		= count_zero,
	.discard	= count_discard,
	.map		= device_map,
	.lost		= device_lost,
	.access		= device_access,
	.allocated	= device_allocated,
};

int device_open(int fd, bool writable, uint32_t sector, struct device **ret)
{
	_cleanup_fd_ int mine = fd;
	_cleanup_free_ struct device *device = calloc(1, sizeof(*device));
	int r;

	if (!device)
		return -ENOMEM;
	device->store.ops = &device_ops;
	device->store.medium.writable = writable;
	device->store.medium.whole = true;
	device->fd = fd;
	r = geometry_measure(fd, sector, &device->store, &device->block);
	if (r < 0)
		return r;
	r = figures_init(&device->figures, ROWS, true);
	if (r < 0)
		return r;
	r = barrier_init(&device->barrier);
	if (r < 0) {
		figures_destroy(&device->figures);
		return r;
	}
	geometry_go_direct(fd, device->store.medium.granule,
			   &device->memory_align, &device->step);
	(void)take_fd(&mine);
	*ret = take_ptr(&device);
	return 0;
}

void device_close(struct device *device)
{
	if (!device)
		return;
	(void)close(device->fd);
	barrier_destroy(&device->barrier);
	figures_destroy(&device->figures);
	free(device);
}

struct store *device_store(struct device *device)
{
	return &device->store;
}

int device_measure(struct device *device, bool *ret_changed)
{
	struct store *store = &device->store;
	uint64_t size;
	int r = geometry_size(device->fd, store->medium.granule, &size);

	if (r < 0)
		return r;
	*ret_changed = size != store_size(store);
	store_resize(store, size);
	return 0;
}

const struct figures *device_figures(const struct device *device)
{
	return &device->figures;
}

void device_gone(struct device *device)
{
	atomic_store(&device->gone, true);
}
