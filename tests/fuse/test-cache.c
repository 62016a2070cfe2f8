/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cache.c - buffered, direct and mapped access to one file see the same
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "util.h"
#include "volume.h"

#define SIZE	(4 * MIB)
#define PIECE	65536u

static unsigned char a[4 * 1024 * 1024] __attribute__((aligned(4096)));
static unsigned char b[4 * 1024 * 1024] __attribute__((aligned(4096)));

static void check_mixed(enum export_cache cache)
{
	struct volume v;
	int buffered, direct;
	char *map;

	volume_open(&v, SIZE, 4096, true, cache);
	buffered = volume_file(&v, O_RDWR);
	direct = volume_file(&v, O_RDWR | O_DIRECT);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, buffered,
		   0);
	CU_ASSERT_FATAL(map != MAP_FAILED);
	for (unsigned round = 1; round <= 20; round++) {
		fill(a, PIECE, round);
		CU_ASSERT_EQUAL(pwrite(direct, a, PIECE, MIB), PIECE);
		CU_ASSERT_EQUAL(pread(buffered, b, PIECE, MIB), PIECE);
		CU_ASSERT_EQUAL(memcmp(a, b, PIECE), 0);
		CU_ASSERT_EQUAL(memcmp(a, map + MIB, PIECE), 0);
		fill(a, PIECE, 100 + round);
		CU_ASSERT_EQUAL(pwrite(buffered, a + 5, PIECE - 5, MIB + 5),
				PIECE - 5);
		CU_ASSERT_EQUAL(pread(direct, b, PIECE, MIB), PIECE);
		CU_ASSERT_EQUAL(memcmp(a + 5, b + 5, PIECE - 5), 0);
		map[MIB + 10000] = (char)round;
		CU_ASSERT_EQUAL(pread(direct, b, PIECE, MIB), PIECE);
		CU_ASSERT_EQUAL((char)b[10000], (char)round);
		CU_ASSERT_EQUAL(pread(buffered, b, PIECE, MIB), PIECE);
		CU_ASSERT_EQUAL((char)b[10000], (char)round);
	}
	(void)munmap(map, SIZE);
	(void)close(direct);
	(void)close(buffered);
	volume_close(&v);
}

static void test_all_see_the_same(void)
{
	check_mixed(EXPORT_CACHE_AUTO);
}

static void test_all_see_the_same_with_writeback(void)
{
	check_mixed(EXPORT_CACHE_WRITEBACK);
}

static void *write_a_piece(void *fd)
{
	CU_ASSERT_EQUAL(pwrite(*(int *)fd, a, PIECE, 0), PIECE);
	return NULL;
}

/* The reader fills the cache with old bytes while the write is under way. */
static void test_reader_during_direct_write_keeps_nothing_old(void)
{
	int buffered, direct;
	pthread_t writer;
	struct volume v;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	buffered = volume_file(&v, O_RDWR);
	direct = volume_file(&v, O_RDWR | O_DIRECT);
	fill(a, PIECE, 7);
	atomic_store(&v.memory->delay_writes, 60);
	pthread_create(&writer, NULL, write_a_piece, &direct);
	(void)usleep(20000);
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	pthread_join(writer, NULL);
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(memcmp(a, b, PIECE), 0);
	(void)close(direct);
	(void)close(buffered);
	volume_close(&v);
}

/* With a write that its caller does not wait for the kernel may keep the old
   bytes, but not for who opens the file later. */
static void test_opener_after_async_write_reads_nothing_old(void)
{
	struct iocb write = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_buf = (uintptr_t)a,
		.aio_nbytes = PIECE,
	}, *writes[] = { &write };
	aio_context_t context = 0;
	struct io_event done;
	int buffered, direct, later;
	struct volume v;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	buffered = volume_file(&v, O_RDWR);
	direct = volume_file(&v, O_RDWR | O_DIRECT);
	fill(a, PIECE, 10);
	atomic_store(&v.memory->delay_writes, 60);
	write.aio_fildes = (uint32_t)direct;
	CU_ASSERT_EQUAL(syscall(SYS_io_setup, 1, &context), 0);
	CU_ASSERT_EQUAL(syscall(SYS_io_submit, context, 1, writes), 1);
	(void)usleep(20000);
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(syscall(SYS_io_getevents, context, 1, 1, &done, NULL),
			1);
	CU_ASSERT_EQUAL(done.res, PIECE);
	later = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(later, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(memcmp(a, b, PIECE), 0);
	(void)syscall(SYS_io_destroy, context);
	(void)close(later);
	(void)close(direct);
	(void)close(buffered);
	volume_close(&v);
}

static void *fail_to_write_a_piece(void *fd)
{
	CU_ASSERT(pwrite(*(int *)fd, a, PIECE, 0) < 0 && errno == EIO);
	return NULL;
}

/* The kernel keeps what was read meanwhile, as it does after any write that
   failed; but half of it is not there any more. */
static void test_opener_after_failed_write_reads_nothing_old(void)
{
	int buffered, direct, later;
	pthread_t writer;
	struct volume v;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	buffered = volume_file(&v, O_RDWR);
	direct = volume_file(&v, O_RDWR | O_DIRECT);
	fill(a, PIECE, 11);
	memory_tear(v.memory, false);
	pthread_create(&writer, NULL, fail_to_write_a_piece, &direct);
	while (atomic_load(&v.memory->inside) == 0)
		sched_yield();
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	memory_tear(v.memory, true);
	pthread_join(writer, NULL);
	later = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(later, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(memcmp(a, b, PIECE / 2), 0);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, b, PIECE), 0);
	(void)close(later);
	(void)close(direct);
	(void)close(buffered);
	volume_close(&v);
}

static void test_cache_stays_between_openers(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(fd, b, PIECE, 0), PIECE);
	(void)close(fd);
	atomic_store(&v.memory->fail_reads, -EIO);
	fd = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(fd, b, PIECE, 0), PIECE);
	CU_ASSERT(pread(fd, b, PIECE, SIZE - PIECE) < 0 && errno == EIO);
	(void)close(fd);
	volume_close(&v);
}

static void test_direct_openers_write_at_the_same_time(void)
{
	pthread_t writers[2];
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_NONE);
	fd = volume_file(&v, O_RDWR);
	atomic_store(&v.memory->delay_writes, 50);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, write_a_piece, &fd);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(writers[i], NULL);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->most), 2);
	(void)close(fd);
	volume_close(&v);
}

static void test_without_cache_each_read_asks(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_NONE);
	fd = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(pread(fd, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(pread(fd, b, PIECE, 0), PIECE);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->reads), 2);
	(void)close(fd);
	volume_close(&v);
}

static void test_writeback_is_written_by_fsync(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_WRITEBACK);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), (off_t)SIZE);
	fill(a, PIECE, 8);
	for (unsigned i = 0; i < PIECE; i += 512)
		CU_ASSERT_EQUAL(pwrite(fd, a + i, 512, i), 512);
	CU_ASSERT_EQUAL(atomic_load(&v.memory->writes), 0);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, a, PIECE), 0);
	CU_ASSERT(atomic_load(&v.memory->flushes) >= 1);
	fill(a, PIECE, 9);
	CU_ASSERT_EQUAL(pwrite(fd, a, PIECE, 0), PIECE);
	(void)close(fd);
	CU_ASSERT_EQUAL(memcmp(v.memory->bytes, a, PIECE), 0);
	volume_close(&v);
}

static void test_writeback_tells_a_failed_write_at_fsync(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_WRITEBACK);
	fd = volume_file(&v, O_RDWR);
	atomic_store(&v.memory->fail_writes, -EIO);
	CU_ASSERT_EQUAL(pwrite(fd, a, PIECE, 0), PIECE);
	CU_ASSERT(fsync(fd) < 0 && errno == EIO);
	atomic_store(&v.memory->fail_writes, 0);
	(void)close(fd);
	volume_close(&v);
}

/* Whoever copies by holes must not miss what lies in the cache alone. */
static void test_holes_hide_no_written_page(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_WRITEBACK);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, MIB), 1);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_DATA), 0);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_HOLE), (off_t)SIZE);
	(void)close(fd);
	volume_close(&v);
}

static void test_holes_hide_no_synced_page(void)
{
	struct volume v;
	char *map;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CU_ASSERT_FATAL(map != MAP_FAILED);
	map[MIB] = 'x';
	CU_ASSERT_EQUAL(msync(map, SIZE, MS_SYNC), 0);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_DATA), (off_t)MIB);
	(void)munmap(map, SIZE);
	(void)close(fd);
	volume_close(&v);
}

VOLUME_SUITE("cache",
	CHECK(test_all_see_the_same),
	CHECK(test_all_see_the_same_with_writeback),
	CHECK(test_reader_during_direct_write_keeps_nothing_old),
	CHECK(test_opener_after_async_write_reads_nothing_old),
	CHECK(test_opener_after_failed_write_reads_nothing_old),
	CHECK(test_cache_stays_between_openers),
	CHECK(test_direct_openers_write_at_the_same_time),
	CHECK(test_without_cache_each_read_asks),
	CHECK(test_writeback_is_written_by_fsync),
	CHECK(test_writeback_tells_a_failed_write_at_fsync),
	CHECK(test_holes_hide_no_written_page),
	CHECK(test_holes_hide_no_synced_page))
