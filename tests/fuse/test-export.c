/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-export.c - each line of the export's table, through real system calls
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check.h"
#include "util.h"
#include "volume.h"

#define SIZE	(4 * MIB)

static unsigned char a[4 * 1024 * 1024] __attribute__((aligned(4096)));
static unsigned char b[4 * 1024 * 1024] __attribute__((aligned(4096)));

static void test_attributes_tell_the_medium(void)
{
	struct volume v;
	struct statvfs fs;
	struct stat st;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	CU_ASSERT_EQUAL(stat(v.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	CU_ASSERT_EQUAL(st.st_uid, geteuid());
	CU_ASSERT_EQUAL(st.st_size, (off_t)SIZE);
	CU_ASSERT_EQUAL(st.st_blksize, 4096);
	CU_ASSERT_EQUAL(st.st_blocks, 0);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 5000), 1);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_blocks, 4096 / 512);
	CU_ASSERT_EQUAL(statvfs(v.path, &fs), 0);
	CU_ASSERT_EQUAL(fs.f_bsize * fs.f_blocks, SIZE);
	CU_ASSERT_EQUAL(fs.f_bsize * fs.f_bfree, SIZE - 4096);
	(void)close(fd);
	volume_close(&v);
}

/* Whether @uid, and nobody else than root, can open it; in a child. */
struct visitor {
	const struct volume *volume;
	uid_t uid;
};

static bool can_open(void *arg)
{
	const struct visitor *visitor = arg;

	return chmod(visitor->volume->dir, 0755) == 0 &&
	       seteuid(visitor->uid) == 0 &&
	       open(visitor->volume->path, O_RDWR | O_CLOEXEC) >= 0;
}

static void test_it_is_its_owners_alone(void)
{
	const struct export_owner owner = { 4242, 4243 };
	const struct export_options options = { .owner = &owner };
	struct visitor visitor;
	struct volume v;
	struct stat st;

	if (geteuid() != 0)
		CHECK_SKIP("needs root");
	volume_open_with(&v, SIZE, 4096, true, &options);
	CU_ASSERT_EQUAL(stat(v.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	CU_ASSERT_EQUAL(st.st_uid, 4242);
	CU_ASSERT_EQUAL(st.st_gid, 4243);
	visitor = (struct visitor){ &v, 4242 };
	CU_ASSERT_TRUE(volume_apart(can_open, &visitor));
	visitor.uid = 4244;
	CU_ASSERT_FALSE(volume_apart(can_open, &visitor));
	visitor.uid = 0;
	CU_ASSERT_TRUE(volume_apart(can_open, &visitor));
	volume_close(&v);
}

static void count(void *arg)
{
	atomic_uint *times = arg;

	(*times)++;
}

static bool becomes(const atomic_uint *times, unsigned n)
{
	double end = seconds() + VOLUME_PATIENCE;

	while (*times != n && seconds() < end)
		(void)usleep(1000);
	return *times == n;
}

/* The kernel tells of a close when close(2) has long returned. */
static void test_the_last_to_leave_is_told_of(void)
{
	atomic_uint times = 0;
	const struct export_options options = { .left = count,
						.arg = &times };
	struct volume v;
	int one, two;

	volume_open_with(&v, SIZE, 4096, true, &options);
	one = volume_file(&v, O_RDWR);
	two = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pwrite(one, "x", 1, 0), 1);
	(void)close(one);
	CU_ASSERT_TRUE(volume_level_becomes(&v, FILTER_READER));
	CU_ASSERT_EQUAL(times, 0);
	(void)close(two);
	CU_ASSERT_TRUE(becomes(&times, 1));
	CU_ASSERT_FALSE(export_is_open(v.export));
	(void)close(volume_file(&v, O_RDONLY));
	CU_ASSERT_TRUE(becomes(&times, 2));
	volume_close(&v);
	CU_ASSERT_EQUAL(times, 2);
}

/* Who has it open sees the new end, and what lies before it. */
static void check_growth(enum export_cache cache)
{
	struct volume v;
	struct stat st;
	int fd;

	volume_open(&v, SIZE, 512, true, cache);
	store_resize(&v.memory->store, SIZE / 2 - 512);
	CU_ASSERT_EQUAL(export_follow(v.export), 0);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, (off_t)SIZE / 2 - 512);
	CU_ASSERT_EQUAL(pread(fd, b, 4096, SIZE / 2 - 4096), 4096 - 512);
	fill(v.memory->bytes + SIZE / 2 - 512, SIZE / 2 + 512, 3);
	store_resize(&v.memory->store, SIZE);
	CU_ASSERT_EQUAL(export_follow(v.export), 0);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, (off_t)SIZE);
	CU_ASSERT_EQUAL(pread(fd, b, 1024, SIZE / 2 - 512), 1024);
	CU_ASSERT_EQUAL(memcmp(b, v.memory->bytes + SIZE / 2 - 512, 1024), 0);
	CU_ASSERT_EQUAL(pwrite(fd, a, 4096, SIZE - 4096), 4096);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes + SIZE - 4096, a, 4096), 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_a_medium_that_grew_in_a_cache(void)
{
	check_growth(EXPORT_CACHE_AUTO);
}

static void test_a_medium_that_grew_without_a_cache(void)
{
	check_growth(EXPORT_CACHE_NONE);
}

static void test_a_medium_that_grew_below_writeback(void)
{
	check_growth(EXPORT_CACHE_WRITEBACK);
}

static void check_end(enum export_cache cache, int flags)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, cache);
	fd = volume_file(&v, O_RDWR | flags);
	fill(a, 8192, 1);
	if (flags & O_DIRECT)
		CU_ASSERT(pwrite(fd, a, 8192, SIZE - 4096) < 0 &&
			  errno == ENOSPC)
	else
		CU_ASSERT_EQUAL(pwrite(fd, a, 8192, SIZE - 4096), 4096);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes + SIZE - 4096, a, 4096), 0);
	CU_ASSERT_EQUAL(pread(fd, b, 8192, SIZE - 4096), 4096);
	CU_ASSERT_EQUAL(memcmp(a, b, 4096), 0);
	CU_ASSERT_EQUAL(pread(fd, b, 4096, SIZE), 0);
	CU_ASSERT_EQUAL(pread(fd, b, 4096, SIZE + MIB), 0);
	CU_ASSERT(pwrite(fd, a, 4096, SIZE) < 0 && errno == ENOSPC);
	CU_ASSERT(pwrite(fd, a, 4096, SIZE + MIB) < 0 && errno == ENOSPC);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), (off_t)SIZE);
	(void)close(fd);
	volume_close(&v);
}

static void test_end_stands_for_buffered(void)
{
	check_end(EXPORT_CACHE_AUTO, 0);
}

static void test_end_stands_for_direct(void)
{
	check_end(EXPORT_CACHE_AUTO, O_DIRECT);
}

static void test_end_stands_without_cache(void)
{
	check_end(EXPORT_CACHE_NONE, 0);
	check_end(EXPORT_CACHE_NONE, O_DIRECT);
}

static void test_unaligned_writes_change_their_bytes_alone(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_NONE);
	fd = volume_file(&v, O_RDWR);
	fill(a, SIZE, 2);
	CU_ASSERT_EQUAL(pwrite(fd, a, SIZE, 0), (ssize_t)SIZE);
	fill(a + 4095, 8194, 3);
	CU_ASSERT_EQUAL(pwrite(fd, a + 4095, 8194, 4095), 8194);
	CU_ASSERT_EQUAL(pwrite(fd, a + SIZE - 1, 1, SIZE - 1), 1);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, a, SIZE), 0);
	CU_ASSERT_EQUAL(pread(fd, b, 5000, 777), 5000);
	CU_ASSERT_EQUAL(memcmp(a + 777, b, 5000), 0);
	(void)close(fd);
	volume_close(&v);
}

/* What was written to standard error while @fn ran. */
static void log_of(void (*fn)(const struct volume *), const struct volume *v,
		   char *buf, size_t size)
{
	int kept = dup(STDERR_FILENO), log = memfd_create("log", MFD_CLOEXEC);
	ssize_t n;

	(void)dup2(log, STDERR_FILENO);
	fn(v);
	(void)dup2(kept, STDERR_FILENO);
	n = pread(log, buf, size - 1, 0);
	buf[MAX(n, 0)] = '\0';
	(void)close(log);
	(void)close(kept);
}

static void truncate_differently(const struct volume *v)
{
	CU_ASSERT(truncate(v->path, SIZE / 2) < 0 && errno == EPERM);
	CU_ASSERT(truncate(v->path, SIZE + 1) < 0 && errno == EPERM);
}

static void test_truncation_changes_nothing(void)
{
	struct volume v;
	char log[512];
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	fill(a, SIZE, 4);
	CU_ASSERT_EQUAL(pwrite(fd, a, SIZE, 0), (ssize_t)SIZE);
	(void)close(fd);
	fd = volume_file(&v, O_RDWR | O_TRUNC);
	CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
	CU_ASSERT_EQUAL(ftruncate(fd, SIZE), 0);
	log_of(truncate_differently, &v, log, sizeof(log));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "conv=notrunc"));
	CU_ASSERT_PTR_EQUAL(strchr(log, '\n'), strrchr(log, '\n'));
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), (off_t)SIZE);
	CU_ASSERT_EQUAL(pread(fd, b, SIZE, 0), (ssize_t)SIZE);
	CU_ASSERT_EQUAL(memcmp(a, b, SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, a, SIZE), 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_mode_and_owner_stay(void)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	struct volume v;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	CU_ASSERT_EQUAL(chmod(v.path, 0600), 0);
	CU_ASSERT(chmod(v.path, 0644) < 0 && errno == EPERM);
	CU_ASSERT_EQUAL(chown(v.path, geteuid(), getegid()), 0);
	CU_ASSERT(chown(v.path, 1, (gid_t)-1) < 0 && errno == EPERM);
	CU_ASSERT(chown(v.path, (uid_t)-1, 1) < 0 && errno == EPERM);
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, v.path, times, 0), 0);
	volume_close(&v);
}

/* Zeroes [off, off + len) of a and of the file with @mode, and compares. */
static void zero_and_compare(int fd, struct volume *v, int mode, off_t off,
			     off_t len)
{
	off_t inside = MIN(len, (off_t)SIZE - off);

	CU_ASSERT_EQUAL(fallocate(fd, mode, off, len), 0);
	memset(a + off, 0, (size_t)inside);
	CU_ASSERT_EQUAL(memcmp(v->memory->bytes, a, SIZE), 0);
	CU_ASSERT_EQUAL(pread(fd, b, SIZE, 0), (ssize_t)SIZE);
	CU_ASSERT_EQUAL(memcmp(a, b, SIZE), 0);
}

static void check_zeroing(enum export_cache cache)
{
	const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	const int zero = FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE;
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, cache);
	fd = volume_file(&v, O_RDWR);
	fill(a, SIZE, 5);
	CU_ASSERT_EQUAL(pwrite(fd, a, SIZE, 0), (ssize_t)SIZE);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	zero_and_compare(fd, &v, punch, 1, 1);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->zeros), 0);
	zero_and_compare(fd, &v, punch, 4095, 8194);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->freed), 1);
	zero_and_compare(fd, &v, zero, 100001, 1500001);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->zeros), 2);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->freed), 1);
	zero_and_compare(fd, &v, FALLOC_FL_ZERO_RANGE, SIZE - 5000, 5000);
	zero_and_compare(fd, &v, punch, SIZE - 10000, MIB);
	zero_and_compare(fd, &v, zero, SIZE - 12000, MIB);
	CU_ASSERT_EQUAL(fallocate(fd, punch, SIZE + 1, MIB), 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_zeroing_is_exact(void)
{
	check_zeroing(EXPORT_CACHE_AUTO);
}

static void test_zeroing_is_exact_without_cache(void)
{
	check_zeroing(EXPORT_CACHE_NONE);
}

static void test_zeroing_is_exact_with_writeback(void)
{
	check_zeroing(EXPORT_CACHE_WRITEBACK);
}

static void test_what_would_grow_is_refused(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT(fallocate(fd, FALLOC_FL_ZERO_RANGE, SIZE - 512, 1024) < 0 &&
		  errno == ENOSPC);
	CU_ASSERT(fallocate(fd, 0, 0, 512) < 0 && errno == EOPNOTSUPP);
	CU_ASSERT(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096) < 0 &&
		  errno == EOPNOTSUPP);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), (off_t)SIZE);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->zeros), 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_holes_are_found(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT(lseek(fd, 0, SEEK_DATA) < 0 && errno == ENXIO);
	CU_ASSERT_EQUAL(lseek(fd, 100, SEEK_HOLE), 100);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 10000), 1);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, SIZE - 1), 1);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_DATA), 8192);
	CU_ASSERT_EQUAL(lseek(fd, 8200, SEEK_DATA), 8200);
	CU_ASSERT_EQUAL(lseek(fd, 8200, SEEK_HOLE), 12288);
	CU_ASSERT_EQUAL(lseek(fd, 12288, SEEK_DATA), (off_t)SIZE - 4096);
	CU_ASSERT_EQUAL(lseek(fd, SIZE - 10, SEEK_HOLE), (off_t)SIZE);
	CU_ASSERT(lseek(fd, SIZE, SEEK_DATA) < 0 && errno == ENXIO);
	(void)close(fd);
	volume_close(&v);
}

static void test_two_ioctls_are_answered(void)
{
	struct volume v;
	uint64_t size = 0;
	int fd, n;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(ioctl(fd, BLKGETSIZE64, &size), 0);
	CU_ASSERT_EQUAL(size, SIZE);
	CU_ASSERT_EQUAL(ioctl(fd, BLKFLSBUF, 0), 0);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->flushes), 1);
	CU_ASSERT(ioctl(fd, BLKSSZGET, &n) < 0 && errno == ENOTTY);
	CU_ASSERT(ioctl(fd, BLKROGET, &n) < 0 && errno == ENOTTY);
	atomic_store(&v.memory->fail_flushes, 1);
	CU_ASSERT(ioctl(fd, BLKFLSBUF, 0) < 0 && errno == EIO);
	(void)close(fd);
	volume_close(&v);
}

/* A handler, even one that says no, would be asked before each cached write. */
static void test_there_are_no_extended_attributes(void)
{
	struct volume v;
	char value[16];

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	CU_ASSERT(getxattr(v.path, "user.x", value, sizeof(value)) < 0 &&
		  errno == EOPNOTSUPP);
	CU_ASSERT(setxattr(v.path, "user.x", "y", 1, 0) < 0 &&
		  errno == EOPNOTSUPP);
	CU_ASSERT(listxattr(v.path, value, sizeof(value)) <= 0);
	volume_close(&v);
}

static void test_read_only_is_erofs(void)
{
	struct volume v;
	struct stat st;
	int fd;

	volume_open(&v, SIZE, 512, false, EXPORT_CACHE_AUTO);
	CU_ASSERT(open(v.path, O_RDWR) < 0 && errno == EROFS);
	CU_ASSERT(open(v.path, O_WRONLY) < 0 && errno == EROFS);
	CU_ASSERT(truncate(v.path, 0) < 0 && errno == EROFS);
	CU_ASSERT_EQUAL(stat(v.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0400);
	fd = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(fd, b, 4096, 0), 4096);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->level), FILTER_READER);
	(void)close(fd);
	volume_close(&v);
}

/* The kernel cuts at the caller's page boundaries: pieces of 1048476, 1048576
   and 100 bytes arrive. */
static void check_odd_buffer(enum export_cache cache, uint32_t granule)
{
	const size_t len = 2 * MIB;
	struct volume v;
	int fd;

	volume_open(&v, SIZE, granule, true, cache);
	fd = volume_file(&v, O_RDWR | O_DIRECT);
	fill(a, SIZE, 6);
	CU_ASSERT_EQUAL(pwrite(fd, a + 100, len, 0), (ssize_t)len);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, a + 100, len), 0);
	memset(b, 0, SIZE);
	CU_ASSERT_EQUAL(pread(fd, b + 100, len, 0), (ssize_t)len);
	CU_ASSERT_EQUAL(memcmp(a + 100, b + 100, len), 0);
	CU_ASSERT_EQUAL(b[99] | b[100 + len], 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_buffers_need_no_alignment(void)
{
	check_odd_buffer(EXPORT_CACHE_AUTO, 512);
	check_odd_buffer(EXPORT_CACHE_AUTO, 4096);
	check_odd_buffer(EXPORT_CACHE_NONE, 4096);
}

static void test_payloads_arrive_page_aligned(void)
{
	struct volume v;
	unsigned writes;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR | O_DIRECT);
	CU_ASSERT_EQUAL(pwrite(fd, a, SIZE, 0), (ssize_t)SIZE);
	(void)close(fd);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, a, SIZE, 0), (ssize_t)SIZE);
	writes = atomic_load(&v.memory->writes);
	CU_ASSERT(writes >= 8);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->aligned), writes);
	(void)close(fd);
	volume_close(&v);
}

struct mapped {
	int fd;
	const char *text;
	uint64_t off;
	bool sync;
};

static bool write_mapped(void *arg)
{
	const struct mapped *mapped = arg;
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 mapped->fd, 0);

	if (map == MAP_FAILED)
		return false;
	strcpy(map + mapped->off, mapped->text);
	return !mapped->sync || msync(map, SIZE, MS_SYNC) == 0;
}

static void test_shared_mapping_is_written(void)
{
	struct mapped mapped = { .text = "mapped", .off = 12345, .sync = true };
	struct volume v;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	mapped.fd = volume_file(&v, O_RDWR);
	CU_ASSERT(volume_apart(write_mapped, &mapped));
	CU_ASSERT_STRING_EQUAL((char *)v.memory->bytes + 12345, "mapped");
	CU_ASSERT(atomic_load(&v.memory->flushes) >= 1);
	mapped = (struct mapped){ mapped.fd, "unsynced", MIB, false };
	CU_ASSERT(volume_apart(write_mapped, &mapped));
	(void)close(mapped.fd);
	CU_ASSERT_STRING_EQUAL((char *)v.memory->bytes + MIB, "unsynced");
	volume_close(&v);
}

static void check_durable(int flags)
{
	struct iovec piece = { a, 4096 };
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR | flags);
	CU_ASSERT_EQUAL(pwrite(fd, a, 4096, 0), 4096);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->durable), 0);
	CU_ASSERT_EQUAL(pwritev2(fd, &piece, 1, 4096, RWF_DSYNC), 4096);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->durable), 1);
	(void)close(fd);
	fd = volume_file(&v, O_RDWR | O_DSYNC | flags);
	CU_ASSERT_EQUAL(pwrite(fd, a, 4096, 0), 4096);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->durable), 2);
	(void)close(fd);
	fd = volume_file(&v, O_RDWR | O_SYNC | flags);
	CU_ASSERT_EQUAL(pwrite(fd, a, 4096, 0), 4096);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->durable), 3);
	(void)close(fd);
	volume_close(&v);
}

static void test_synchronous_writes_are_durable(void)
{
	check_durable(0);
	check_durable(O_DIRECT);
}

static void test_errors_come_through(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	atomic_store(&v.memory->fail_access, -ENOKEY);
	CU_ASSERT(open(v.path, O_RDONLY) < 0 && errno == ENOKEY);
	CU_ASSERT_FALSE(export_is_open(v.export));
	atomic_store(&v.memory->fail_access, 0);
	fd = volume_file(&v, O_RDWR | O_DIRECT);
	CU_ASSERT(export_is_open(v.export));
	atomic_store(&v.memory->fail_reads, -EILSEQ);
	CU_ASSERT(pread(fd, b, 4096, 0) < 0 && errno == EILSEQ);
	atomic_store(&v.memory->fail_reads, -100000);
	CU_ASSERT(pread(fd, b, 4096, 0) < 0 && errno == EIO);
	atomic_store(&v.memory->fail_writes, -ENOSPC);
	CU_ASSERT(pwrite(fd, a, 4096, 0) < 0 && errno == ENOSPC);
	atomic_store(&v.memory->fail_writes, 0);
	CU_ASSERT_EQUAL(fsync(fd), 0);	/* its writer saw it: not sticky */
	(void)close(fd);
	volume_close(&v);
}

static void test_lost_flush_is_latched(void)
{
	struct volume v;
	int writer, other, late;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	writer = volume_file(&v, O_RDWR);
	other = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(writer, a, 4096, 0), 4096);
	CU_ASSERT_EQUAL(fsync(writer), 0);
	atomic_store(&v.memory->fail_flushes, 1);
	CU_ASSERT(fsync(writer) < 0 && errno == EIO);
	CU_ASSERT(fsync(writer) < 0 && errno == EIO);
	CU_ASSERT(fdatasync(other) < 0 && errno == EIO);
	CU_ASSERT(fdatasync(other) < 0 && errno == EIO);
	late = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(fsync(late), 0);
	CU_ASSERT(fsync(writer) < 0 && errno == EIO);
	(void)close(late);
	(void)close(other);
	(void)close(writer);
	volume_close(&v);
}

/* A neighbour on the same device had the error: it is ours as well. */
static void test_lost_flush_elsewhere_is_ours(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	atomic_fetch_add(&v.memory->lost, 1);
	CU_ASSERT(fsync(fd) < 0 && errno == EIO);
	CU_ASSERT(fsync(fd) < 0 && errno == EIO);
	(void)close(fd);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	(void)close(fd);
	volume_close(&v);
}

static void test_levels_are_aggregated(void)
{
	struct volume v;
	int reader, writer, only;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->level), FILTER_NOBODY);
	reader = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->level), FILTER_READER);
	writer = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->level), FILTER_WRITER);
	only = volume_file(&v, O_WRONLY);
	(void)close(writer);
	(void)close(reader);
	CU_ASSERT_EQUAL(pwrite(only, a, 512, 0), 512);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->level), FILTER_WRITER);
	reader = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->flushes), 0);
	(void)close(only);
	CU_ASSERT(volume_level_becomes(&v, FILTER_READER));
	CU_ASSERT_EQUAL(atomic_load(&v.memory->flushes), 1);
	(void)close(reader);
	CU_ASSERT(volume_level_becomes(&v, FILTER_NOBODY));
	CU_ASSERT_EQUAL(atomic_load(&v.memory->flushes), 1);
	volume_close(&v);
}

VOLUME_SUITE("export",
	CHECK(test_attributes_tell_the_medium),
	CHECK(test_it_is_its_owners_alone),
	CHECK(test_the_last_to_leave_is_told_of),
	CHECK(test_a_medium_that_grew_in_a_cache),
	CHECK(test_a_medium_that_grew_without_a_cache),
	CHECK(test_a_medium_that_grew_below_writeback),
	CHECK(test_end_stands_for_buffered),
	CHECK(test_end_stands_for_direct),
	CHECK(test_end_stands_without_cache),
	CHECK(test_unaligned_writes_change_their_bytes_alone),
	CHECK(test_truncation_changes_nothing),
	CHECK(test_mode_and_owner_stay),
	CHECK(test_zeroing_is_exact),
	CHECK(test_zeroing_is_exact_without_cache),
	CHECK(test_zeroing_is_exact_with_writeback),
	CHECK(test_what_would_grow_is_refused),
	CHECK(test_holes_are_found),
	CHECK(test_two_ioctls_are_answered),
	CHECK(test_there_are_no_extended_attributes),
	CHECK(test_read_only_is_erofs),
	CHECK(test_buffers_need_no_alignment),
	CHECK(test_payloads_arrive_page_aligned),
	CHECK(test_shared_mapping_is_written),
	CHECK(test_synchronous_writes_are_durable),
	CHECK(test_errors_come_through),
	CHECK(test_lost_flush_is_latched),
	CHECK(test_lost_flush_elsewhere_is_ours),
	CHECK(test_levels_are_aggregated))
