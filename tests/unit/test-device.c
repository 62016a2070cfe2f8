/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-device.c - whole transfers, durability and lost flushes at the bottom
 *
 * The system calls that the device makes are ours here: they are short, are
 * interrupted or fail as a test wants, and else do what the kernel does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"
#include "device.h"
#include "figures.h"
#include "port.h"
#include "window.h"

#define SIZE	(8u << 20)

static struct {
	size_t most;		/* longest transfer; 0: any */
	unsigned interrupt;	/* every how many calls: EINTR */
	bool no_dsync, no_punch, no_zero_range;
	bool direct;		/* claims that it can, in 512 bytes */
	off_t hole_end, data_end;	/* 0: as the file has them */
	_Atomic int sync_error;	/* once */
	_Atomic int dsync_error;	/* of a write that flushes; once */
	_Atomic unsigned calls, syncs, dsyncs, punches, zero_ranges;
	_Atomic unsigned odd;	/* what would have failed if it were direct */
} kernel;

static bool interrupted(void)
{
	unsigned n = ++kernel.calls;

	if (kernel.interrupt == 0 || n % kernel.interrupt != 0)
		return false;
	errno = EINTR;
	return true;
}

/* As if it had stopped there: direct I/O could not be asked for less. */
static ssize_t shortened(ssize_t n)
{
	return kernel.most && n > (ssize_t)kernel.most ?
		       (ssize_t)kernel.most : n;
}

static void look(uintptr_t buf, size_t len, off_t off)
{
	kernel.odd += ((buf | len | (uintptr_t)off) & 511) != 0;
}

ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	look((uintptr_t)buf, len, off);
	if (interrupted())
		return -1;
	return shortened(syscall(SYS_pread64, fd, buf, len, off));
}

ssize_t pwritev2(int fd, const struct iovec *iov, int n, off_t off, int flags)
{
	look((uintptr_t)iov->iov_base, iov->iov_len, off);
	if (interrupted())
		return -1;
	if (flags & RWF_DSYNC) {
		if (kernel.no_dsync) {
			errno = EOPNOTSUPP;
			return -1;
		}
		kernel.dsyncs++;
		errno = atomic_exchange(&kernel.dsync_error, 0);
		if (errno)
			return -1;
	}
	return shortened(syscall(SYS_pwritev2, fd, iov, n, off, 0L, flags));
}

int fdatasync(int fd)
{
	int error = atomic_exchange(&kernel.sync_error, 0);

	if (interrupted())
		return -1;
	(void)fd;
	kernel.syncs++;
	errno = error;
	return error ? -1 : 0;
}

int fallocate(int fd, int mode, off_t off, off_t len)
{
	if (interrupted())
		return -1;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		kernel.punches++;
	if (mode & FALLOC_FL_ZERO_RANGE)
		kernel.zero_ranges++;
	if ((mode & FALLOC_FL_PUNCH_HOLE && kernel.no_punch) ||
	    (mode & FALLOC_FL_ZERO_RANGE && kernel.no_zero_range)) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_fallocate, fd, mode, off, len);
}

off_t lseek(int fd, off_t off, int whence)
{
	if (whence == SEEK_DATA && kernel.hole_end)
		return kernel.hole_end > off ? kernel.hole_end : off;
	if (whence == SEEK_HOLE && kernel.data_end)
		return kernel.data_end;
	return (off_t)syscall(SYS_lseek, fd, off, whence);
}

int statx(int dir, const char *path, int flags, unsigned mask,
	  struct statx *ret)
{
	int r = (int)syscall(SYS_statx, dir, path, flags, mask, ret);

	if (!kernel.direct)
		return r;
	ret->stx_mask |= STATX_DIOALIGN;
	ret->stx_dio_mem_align = ret->stx_dio_offset_align = 512;
	return r;
}

/* What the device asks for, all of which has one argument or none. */
int fcntl(int fd, int cmd, ...)
{
	va_list args;
	long arg;

	va_start(args, cmd);
	arg = va_arg(args, long);
	va_end(args);
	if (kernel.direct && cmd == F_SETFL)
		arg &= ~(long)O_DIRECT;
	return (int)syscall(SYS_fcntl, fd, cmd, arg);
}

static unsigned char in[FILTER_MAX_IO + 4096], out[FILTER_MAX_IO + 4096];

/* A file on a disk, where direct I/O may be possible; unlinked. */
static int disk_file(off_t size)
{
	char path[] = "/var/tmp/filterd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	(void)unlink(path);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, size), 0);
	memset(&kernel, 0, sizeof(kernel));
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 31 + i / 250 + 1);
	return fd;
}

static struct device *open_device(int fd, bool writable, uint32_t sector)
{
	struct device *device = NULL;

	CU_ASSERT_EQUAL_FATAL(device_open(fd, writable, sector, &device), 0);
	return device;
}

static void check_transfer(struct store *store, size_t len, uint64_t off,
			   size_t shift)
{
	in[shift]++;
	memset(out, 0, sizeof(out));
	CU_ASSERT_EQUAL(store_write(store, in + shift, len, off, 0), 0);
	CU_ASSERT_EQUAL(store_read(store, out + 1 + shift, len, off), 0);
	CU_ASSERT_EQUAL(memcmp(in + shift, out + 1 + shift, len), 0);
	CU_ASSERT_EQUAL(out[shift], 0);
	CU_ASSERT_EQUAL(out[1 + shift + len], 0);
}

static void test_transfers_are_whole(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);

	CU_ASSERT_EQUAL(store->medium.size, SIZE);
	CU_ASSERT_EQUAL(store->medium.granule, 512);
	CU_ASSERT(store->medium.whole);
	check_transfer(store, FILTER_MAX_IO, SIZE - FILTER_MAX_IO, 0);
	check_transfer(store, 512, SIZE - 512, 3);
	check_transfer(store, 8192, 512, 17);
	kernel.most = 1536;
	kernel.interrupt = 3;
	check_transfer(store, 65536, 1024, 0);
	check_transfer(store, 65536, 1024, 1);
	kernel.most = 1000;	/* direct I/O has to step back to a sector */
	check_transfer(store, 65536, 4096, 5);
	device_close(device);
}

/* No file system is needed that can do it: that is claimed here. */
static void test_unaligned_memory_of_direct_requests(void)
{
	int fd = disk_file(SIZE);	/* the device's from now on */
	struct device *device;
	struct store *store;

	kernel.direct = true;
	device = open_device(fd, true, 0);
	store = device_store(device);
	check_transfer(store, FILTER_MAX_IO, 0, 1);
	check_transfer(store, 512, SIZE - 512, 511);
	kernel.most = 1000;	/* it has to step back to a sector */
	check_transfer(store, 65536, 512, 0);
	CU_ASSERT_EQUAL(kernel.odd, 0);
	device_close(device);
}

static void test_end_of_a_shrunk_file_is_an_error(void)
{
	int fd = disk_file(SIZE);	/* the device's from now on */
	struct device *device = open_device(fd, true, 0);
	struct store *store = device_store(device);

	CU_ASSERT_EQUAL(ftruncate(fd, SIZE / 2 + 512), 0);
	CU_ASSERT_EQUAL(store_read(store, out, 4096, SIZE - 4096), -EIO);
	CU_ASSERT_EQUAL(store_read(store, out, 4096, SIZE / 2), -EIO);
	CU_ASSERT_EQUAL(store_read(store, out, 512, SIZE / 2), 0);
	device_close(device);
}

static void test_a_file_that_grows_or_shrinks_is_measured_again(void)
{
	int fd = disk_file(SIZE);	/* the device's from now on */
	struct device *device = open_device(fd, true, 4096);
	struct store *store = device_store(device);
	bool changed = true;

	CU_ASSERT_EQUAL(device_measure(device, &changed), 0);
	CU_ASSERT_FALSE(changed);
	CU_ASSERT_EQUAL(ftruncate(fd, SIZE + 8191), 0);
	CU_ASSERT_EQUAL(store_read(store, out, 4096, SIZE), -EINVAL);
	CU_ASSERT_EQUAL(device_measure(device, &changed), 0);
	CU_ASSERT_TRUE(changed);
	CU_ASSERT_EQUAL(store_size(store), SIZE + 4096);
	check_transfer(store, 4096, SIZE, 0);
	CU_ASSERT_EQUAL(ftruncate(fd, SIZE / 2), 0);
	CU_ASSERT_EQUAL(device_measure(device, &changed), 0);
	CU_ASSERT_TRUE(changed);
	CU_ASSERT_EQUAL(store_size(store), SIZE / 2);
	CU_ASSERT_EQUAL(ftruncate(fd, 4095), 0);
	CU_ASSERT_EQUAL(device_measure(device, &changed), -ENXIO);
	CU_ASSERT_EQUAL(store_size(store), SIZE / 2);
	device_close(device);
}

static struct figures_sum done(const struct device *device,
			       enum figures_kind kind)
{
	struct figures_sum sum;

	figures_sum(device_figures(device), kind, &sum);
	return sum;
}

/* What the device asks of itself, the flush of a durable zero, is not its
   users' request. */
static void test_its_users_requests_are_counted(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);

	CU_ASSERT_EQUAL(store_write(store, in, 4096, 0, 0), 0);
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), 0);
	CU_ASSERT_EQUAL(store_zero(store, 8192, 0, FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(store_discard(store, 1024, 0), 0);
	kernel.sync_error = EIO;
	CU_ASSERT_EQUAL(store_flush(store), -EIO);
	CU_ASSERT_EQUAL(done(device, FIGURES_WRITE).bytes, 4096);
	CU_ASSERT_EQUAL(done(device, FIGURES_READ).bytes, 512);
	CU_ASSERT_EQUAL(done(device, FIGURES_ZERO).bytes, 8192);
	CU_ASSERT_EQUAL(done(device, FIGURES_DISCARD).bytes, 1024);
	CU_ASSERT_EQUAL(done(device, FIGURES_FLUSH).ended, 1);
	CU_ASSERT_EQUAL(done(device, FIGURES_FLUSH).failed, 1);
	device_close(device);
}

static void test_sizes_and_kinds(void)
{
	struct device *device = NULL;
	int pipes[2];

	CU_ASSERT_EQUAL(device_open(disk_file(511), true, 0, &device), -ENXIO);
	CU_ASSERT_EQUAL(device_open(disk_file(4095), true, 4096, &device),
			-ENXIO);
	CU_ASSERT_EQUAL(device_open(disk_file(SIZE), true, 1000, &device),
			-EINVAL);
	CU_ASSERT_EQUAL(device_open(disk_file(SIZE), true, 256, &device),
			-EINVAL);
	CU_ASSERT_EQUAL(device_open(disk_file(SIZE), true, 1u << 20, &device),
			-EINVAL);
	CU_ASSERT_EQUAL_FATAL(pipe2(pipes, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL(device_open(pipes[0], false, 0, &device), -ENOTBLK);
	CU_ASSERT_EQUAL(fcntl(pipes[0], F_GETFD), -1);	/* it was taken */
	close(pipes[1]);
	CU_ASSERT_PTR_NULL(device);

	device = open_device(disk_file(SIZE + 4095), false, 4096);
	CU_ASSERT_EQUAL(device_store(device)->medium.size, SIZE);
	CU_ASSERT_EQUAL(device_store(device)->medium.granule, 4096);
	CU_ASSERT_EQUAL(store_write(device_store(device), in, 4096, 0, 0),
			-EROFS);
	CU_ASSERT_EQUAL(store_flush(device_store(device)), 0);
	CU_ASSERT_EQUAL(kernel.syncs, 0);
	device_close(device);
	device_close(NULL);
}

static void test_durable_is_durable_with_and_without_dsync(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);

	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), 0);
	CU_ASSERT_EQUAL(kernel.dsyncs + kernel.syncs, 0);
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(kernel.dsyncs, 1);
	CU_ASSERT_EQUAL(kernel.syncs, 0);
	kernel.no_dsync = true;
	for (unsigned i = 1; i <= 2; i++) {
		CU_ASSERT_EQUAL(store_write(store, in, 512, 0,
					    FILTER_DURABLE), 0);
		CU_ASSERT_EQUAL(kernel.syncs, i);
	}
	kernel.sync_error = EIO;
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, FILTER_DURABLE), -EIO);
	CU_ASSERT_EQUAL(store->ops->lost(store), 1);
	device_close(device);
}

static void test_lost_flush_reaches_both_partitions(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *below = device_store(device), *a, *b;
	struct port first, second;

	CU_ASSERT_EQUAL_FATAL(window_new(below, 0, SIZE / 2, true, &a), 0);
	CU_ASSERT_EQUAL_FATAL(window_new(below, SIZE / 2, SIZE / 2, true, &b),
			      0);
	port_init(&first, a);
	port_init(&second, b);
	kernel.sync_error = ENOSPC;
	CU_ASSERT_EQUAL(first.face.flush(&first.face), -ENOSPC);
	CU_ASSERT_EQUAL(kernel.syncs, 1);
	CU_ASSERT_EQUAL(second.face.flush(&second.face), -EIO);
	CU_ASSERT_EQUAL(kernel.syncs, 2);
	CU_ASSERT_EQUAL(first.face.flush(&first.face), 0);
	CU_ASSERT_EQUAL(second.face.flush(&second.face), 0);
	CU_ASSERT_EQUAL(kernel.syncs, 4);
	kernel.interrupt = 1 + kernel.calls;	/* the next, and not after */
	CU_ASSERT_EQUAL(store_flush(below), 0);
	CU_ASSERT_EQUAL(below->ops->lost(below), 1);
	window_free(a);
	window_free(b);
	device_close(device);
}

/* It flushes what others wrote too, and the kernel tells of that once. */
static void test_lost_durable_write_is_a_lost_flush(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);
	struct port other;

	port_init(&other, store);
	CU_ASSERT_EQUAL(other.face.write(&other.face, in, 512, 4096, 0), 0);
	kernel.dsync_error = EIO;
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, FILTER_DURABLE), -EIO);
	CU_ASSERT_EQUAL(other.face.flush(&other.face), -EIO);
	CU_ASSERT_EQUAL(other.face.flush(&other.face), 0);
	device_close(device);
}

static bool is_zero(struct store *store, size_t len, uint64_t off)
{
	if (store_read(store, out, len, off) < 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (out[i] != 0)
			return false;
	return true;
}

static void check_zero(struct store *store, unsigned flags)
{
	CU_ASSERT_EQUAL(store_write(store, in, 65536, 0, 0), 0);
	CU_ASSERT_EQUAL(store_zero(store, 4096, 8192, flags), 0);
	CU_ASSERT(is_zero(store, 4096, 8192));
	CU_ASSERT_EQUAL(store_read(store, out, 65536, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, in, 8192), 0);
	CU_ASSERT_EQUAL(memcmp(out + 12288, in + 12288, 65536 - 12288), 0);
}

static void test_zeros_read_back_however_they_are_made(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);

	check_zero(store, FILTER_FREE);
	CU_ASSERT_EQUAL(kernel.punches, 1);
	check_zero(store, 0);
	CU_ASSERT_EQUAL(kernel.punches, 1);
	CU_ASSERT_EQUAL(kernel.zero_ranges, 1);
	CU_ASSERT_EQUAL(kernel.syncs, 0);
	kernel.no_punch = true;
	check_zero(store, FILTER_FREE | FILTER_DURABLE);
	CU_ASSERT_EQUAL(kernel.zero_ranges, 2);
	CU_ASSERT_EQUAL(kernel.syncs + kernel.dsyncs, 1);
	kernel.no_zero_range = true;
	check_zero(store, FILTER_FREE);
	kernel.dsyncs = 0;
	CU_ASSERT_EQUAL(store_zero(store, 3 * FILTER_MAX_IO + 512, 512,
				   FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(kernel.dsyncs, 4);
	CU_ASSERT(is_zero(store, FILTER_MAX_IO, 2 * FILTER_MAX_IO + 1024));
	CU_ASSERT_EQUAL(store_discard(store, 4096, 0), -EOPNOTSUPP);
	device_close(device);
}

static void test_holes_are_found(void)
{
	int fd = disk_file(SIZE);	/* the device's from now on */
	struct device *device = open_device(fd, true, 0);
	struct store *store = device_store(device);
	uint64_t len = SIZE;
	unsigned what = 0;

	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), 0);
	CU_ASSERT_EQUAL(len, SIZE);
	CU_ASSERT_EQUAL(what, FILTER_HOLE | FILTER_ZERO);
	CU_ASSERT_EQUAL(store->ops->allocated(store), 0);

	CU_ASSERT_EQUAL(store_write(store, in, 65536, 1u << 20, 0), 0);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT(store->ops->allocated(store) >= 65536);
	len = SIZE - 65536;
	CU_ASSERT_EQUAL(store_map(store, 65536, &len, &what), 0);
	CU_ASSERT_EQUAL(len, (1u << 20) - 65536);
	CU_ASSERT_EQUAL(what, FILTER_HOLE | FILTER_ZERO);
	len = SIZE - (1u << 20);
	CU_ASSERT_EQUAL(store_map(store, 1u << 20, &len, &what), 0);
	CU_ASSERT_EQUAL(len, 65536);
	CU_ASSERT_EQUAL(what, 0);
	len = 512;
	CU_ASSERT_EQUAL(store_map(store, (1u << 20) + 512, &len, &what), 0);
	CU_ASSERT_EQUAL(len, 512);
	CU_ASSERT_EQUAL(what, 0);
	CU_ASSERT_EQUAL(store_discard(store, 65536, 1u << 20), 0);
	CU_ASSERT(store->ops->allocated(store) < 65536);
	device_close(device);
}

/* A file system with blocks smaller than the medium's granule. */
static void test_a_granule_with_data_is_data(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 4096);
	struct store *store = device_store(device);
	uint64_t len = SIZE;
	unsigned what = 0;

	kernel.hole_end = 8192 + 512;
	kernel.data_end = 8192 + 1024;
	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), 0);
	CU_ASSERT_EQUAL(len, 8192);
	CU_ASSERT_EQUAL(what, FILTER_HOLE | FILTER_ZERO);
	len = SIZE - 8192;
	CU_ASSERT_EQUAL(store_map(store, 8192, &len, &what), 0);
	CU_ASSERT_EQUAL(len, 4096);
	CU_ASSERT_EQUAL(what, 0);
	device_close(device);
}

static void test_gone_is_gone(void)
{
	struct device *device = open_device(disk_file(SIZE), true, 0);
	struct store *store = device_store(device);
	uint64_t len = 512;
	unsigned what;

	device_gone(device);
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -ENXIO);
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), -ENXIO);
	CU_ASSERT_EQUAL(store_flush(store), -ENXIO);
	CU_ASSERT_EQUAL(store_zero(store, 512, 0, FILTER_FREE), -ENXIO);
	CU_ASSERT_EQUAL(store_discard(store, 512, 0), -ENXIO);
	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), -ENXIO);
	CU_ASSERT_EQUAL(kernel.calls, 0);
	device_close(device);
}

/* All direct or all buffered; the locks of the descriptor stay. */
static void test_the_descriptor_is_the_one_that_was_given(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = disk_file(SIZE), other;
	struct device *device;
	char path[64];

	CU_ASSERT_EQUAL(fcntl(fd, F_OFD_SETLK, &lock), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_FATAL(other >= 0);
	device = open_device(fd, true, 0);
	CU_ASSERT_EQUAL(fcntl(other, F_OFD_SETLK, &lock), -1);
	device_close(device);
	CU_ASSERT_EQUAL(fcntl(other, F_OFD_SETLK, &lock), 0);
	close(other);
}

CHECK_SUITE("device",
	    CHECK(test_transfers_are_whole),
	    CHECK(test_unaligned_memory_of_direct_requests),
	    CHECK(test_end_of_a_shrunk_file_is_an_error),
	    CHECK(test_a_file_that_grows_or_shrinks_is_measured_again),
	    CHECK(test_its_users_requests_are_counted),
	    CHECK(test_sizes_and_kinds),
	    CHECK(test_durable_is_durable_with_and_without_dsync),
	    CHECK(test_lost_flush_reaches_both_partitions),
	    CHECK(test_lost_durable_write_is_a_lost_flush),
	    CHECK(test_zeros_read_back_however_they_are_made),
	    CHECK(test_holes_are_found),
	    CHECK(test_a_granule_with_data_is_data),
	    CHECK(test_gone_is_gone),
	    CHECK(test_the_descriptor_is_the_one_that_was_given))
