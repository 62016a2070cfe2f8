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
#include "scratch.h"
#include "sysfs.h"

#define SECTOR_MIN	512u
#define SECTOR_MAX	4096u		/* of an image */
#define GRANULE_MAX	65536u		/* of any medium */

struct device {
	struct store store;		/* first */
	int fd;
	bool block;
	uint32_t memory_align;		/* of buffers; 1 when buffered */
	uint32_t step;			/* of lengths; 1 when buffered */
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
		return store->medium.size;
	return MIN((uint64_t)st.st_blocks * 512, store->medium.size);
}

static const struct store_ops device_ops = {
	.read		= device_read,
	.write		= device_write,
	.flush		= device_flush,
	.zero		= device_zero,
	.discard	= device_discard,
	.map		= device_map,
	.lost		= device_lost,
	.access		= device_access,
	.allocated	= device_allocated,
};

/* Whether the disk's queue takes what "LIMIT_max_bytes" is for; a
   partition's is in the directory above. */
static bool queue_takes(dev_t number, const char *limit)
{
	static const char *const places[] = { "queue", "../queue" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char name[64], text[24];

		(void)snprintf(name, sizeof(name), "%s/%s_max_bytes",
			       places[i], limit);
		if (sysfs_attribute(number, name, text, sizeof(text)))
			return strtoull(text, NULL, 10) > 0;
	}
	return false;
}

static int measure_block(struct device *device, const struct stat *st)
{
	struct filter_medium *medium = &device->store.medium;
	int sector = 0, readonly = 0;

	if (ioctl(device->fd, BLKGETSIZE64, &medium->size) < 0 ||
	    ioctl(device->fd, BLKSSZGET, &sector) < 0 ||
	    ioctl(device->fd, BLKROGET, &readonly) < 0)
		return -errno;
	if (sector < (int)SECTOR_MIN || sector > (int)GRANULE_MAX)
		return -EINVAL;
	device->block = true;
	medium->granule = (uint32_t)sector;
	medium->writable = medium->writable && !readonly;
	medium->discards = queue_takes(st->st_rdev, "discard");
	device->store.frees = medium->discards &&
			      queue_takes(st->st_rdev, "write_zeroes");
	return 0;
}

static int measure_file(struct device *device, const struct stat *st,
			uint32_t sector)
{
	struct filter_medium *medium = &device->store.medium;

	if (sector == 0)
		sector = SECTOR_MIN;
	if (sector < SECTOR_MIN || sector > SECTOR_MAX)
		return -EINVAL;
	medium->size = (uint64_t)st->st_size;
	medium->granule = sector;
	medium->discards = true;
	device->store.frees = true;
	return 0;
}

static int measure(struct device *device, uint32_t sector)
{
	struct filter_medium *medium = &device->store.medium;
	struct stat st;
	int r;

	if (fstat(device->fd, &st) < 0)
		return -errno;
	if (S_ISBLK(st.st_mode))
		r = measure_block(device, &st);
	else if (S_ISREG(st.st_mode))
		r = measure_file(device, &st, sector);
	else
		r = -ENOTBLK;
	if (r < 0)
		return r;
	if (!is_power_of_two(medium->granule))
		return -EINVAL;
	medium->size = round_down(medium->size, medium->granule);
	medium->best = MAX(medium->granule, (uint32_t)st.st_blksize);
	return medium->size > 0 ? 0 : -ENXIO;
}

/*
 * Direct I/O where every request fits it.  The flag is set on the descriptor
 * that we were given, not on a second one: locks and claims hang on that.
 */
static void go_direct(struct device *device)
{
	uint32_t granule = device->store.medium.granule;
	struct statx stx;
	int flags = fcntl(device->fd, F_GETFL);

	if (flags < 0 || statx(device->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN,
			       &stx) < 0)
		return;
	if (!(stx.stx_mask & STATX_DIOALIGN) ||
	    !is_power_of_two(stx.stx_dio_offset_align) ||
	    !is_power_of_two(stx.stx_dio_mem_align) ||
	    stx.stx_dio_offset_align > granule ||
	    stx.stx_dio_mem_align > SCRATCH_ALIGN)
		return;
	if (fcntl(device->fd, F_SETFL, flags | O_DIRECT) < 0)
		return;
	device->memory_align = stx.stx_dio_mem_align;
	device->step = stx.stx_dio_offset_align;
}

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
	device->memory_align = 1;
	device->step = 1;
	r = measure(device, sector);
	if (r < 0)
		return r;
	r = barrier_init(&device->barrier);
	if (r < 0)
		return r;
	go_direct(device);
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
	free(device);
}

struct store *device_store(struct device *device)
{
	return &device->store;
}

void device_gone(struct device *device)
{
	atomic_store(&device->gone, true);
}
