/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cache.c - buffered, direct and mapped access to one file see the same
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
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

/* The same volume, opened in three ways. */
struct ways {
	int buffered, direct;
	char *map;
};

static bool reads_the_same(int fd, const void *want)
{
	return pread(fd, b, PIECE, MIB) == PIECE && memcmp(want, b, PIECE) == 0;
}

static bool reads_byte(int fd, unsigned char want)
{
	return pread(fd, b, PIECE, MIB) == PIECE && b[10000] == want;
}

static bool agree(const struct ways *ways, unsigned round)
{
	fill(a, PIECE, round);
	if (pwrite(ways->direct, a, PIECE, MIB) != PIECE ||
	    !reads_the_same(ways->buffered, a) ||
	    memcmp(a, ways->map + MIB, PIECE) != 0)
		return false;
	fill(a + 5, PIECE - 5, 100 + round);
	if (pwrite(ways->buffered, a + 5, PIECE - 5, MIB + 5) != PIECE - 5 ||
	    !reads_the_same(ways->direct, a))
		return false;
	ways->map[MIB + 10000] = (char)round;
	return reads_byte(ways->direct, (unsigned char)round) &&
	       reads_byte(ways->buffered, (unsigned char)round);
}

static bool map_and_agree(void *arg)
{
	struct ways *ways = arg;

	ways->map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ways->buffered, 0);
	if (ways->map == MAP_FAILED)
		return false;
	for (unsigned round = 1; round <= 20; round++)
		if (!agree(ways, round))
			return false;
	return true;
}

static void check_mixed(enum export_cache cache)
{
	struct ways ways;
	struct volume v;

	volume_open(&v, SIZE, 4096, true, cache);
	ways.buffered = volume_file(&v, O_RDWR);
	ways.direct = volume_file(&v, O_RDWR | O_DIRECT);
	CU_ASSERT(volume_apart(map_and_agree, &ways));
	(void)close(ways.direct);
	(void)close(ways.buffered);
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
	memory_hang_writes(v.memory, true);
	pthread_create(&writer, NULL, write_a_piece, &direct);
	CU_ASSERT(reaches(&v.memory->inside, 1));
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	memory_hang_writes(v.memory, false);
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
	memory_hang_writes(v.memory, true);
	write.aio_fildes = (uint32_t)direct;
	CU_ASSERT_EQUAL(syscall(SYS_io_setup, 1, &context), 0);
	CU_ASSERT_EQUAL(syscall(SYS_io_submit, context, 1, writes), 1);
	CU_ASSERT(reaches(&v.memory->inside, 1));
	CU_ASSERT_EQUAL(pread(buffered, b, PIECE, 0), PIECE);
	memory_hang_writes(v.memory, false);
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
	CU_ASSERT(reaches(&v.memory->inside, 1));
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
	memory_hang_writes(v.memory, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, write_a_piece, &fd);
	CU_ASSERT(reaches(&v.memory->inside, 2));
	memory_hang_writes(v.memory, false);
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

static bool map_and_sync(void *arg)
{
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 *(int *)arg, 0);

	if (map == MAP_FAILED)
		return false;
	map[MIB] = 'x';
	return msync(map, SIZE, MS_SYNC) == 0;
}

static void test_holes_hide_no_synced_page(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 4096, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT(volume_apart(map_and_sync, &fd));
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_DATA), (off_t)MIB);
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
