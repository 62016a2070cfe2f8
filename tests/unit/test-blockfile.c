/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-blockfile.c - a file that behaves as a disk: its end, its holes
 */
#include <fcntl.h>
#include <unistd.h>

#include "blockfile.h"
#include "check.h"
#include "fake-store.h"

#define SIZE	(1u << 20)
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define ZERO	(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE)

static struct fake_store *fake;
static struct store_ops ops;
static struct blockfile file;
static unsigned char buf[65536];
static unsigned freed;			/* zeros that may free */

static int zero_and_look(struct store *store, uint64_t len, uint64_t off,
			 unsigned flags)
{
	freed += flags & FILTER_FREE ? 1 : 0;
	return fake_zero(store, len, off, flags);
}

static void set_up(void)
{
	fake = fake_new(SIZE, 4096);
	ops = fake_ops;
	ops.zero = zero_and_look;
	fake->store.ops = &ops;
	CU_ASSERT_EQUAL_FATAL(blockfile_init(&file, &fake->store), 0);
	freed = 0;
}

static void tear_down(void)
{
	blockfile_fini(&file);
	fake_free(fake);
}

/* Reads, and returns how much came; what came must be right. */
static size_t reads(size_t len, uint64_t off)
{
	buf[0] = 0xee;
	CU_ASSERT_EQUAL(blockfile_read(&file, buf, &len, off), 0);
	CU_ASSERT_EQUAL(buf[0], len > 0 ? fake_byte(off) : 0xee);
	return len;
}

static struct figures_sum done(enum figures_kind kind)
{
	struct figures_sum sum;

	figures_sum(&file.figures, kind, &sum);
	return sum;
}

/* As its users asked: one request, whatever the edge makes of it; and nothing
   for what lies past the end. */
static void test_requests_are_counted_as_they_came(void)
{
	uint64_t handle;
	size_t len = 100;

	set_up();
	CU_ASSERT_EQUAL(openers_add(&file.openers, true, &handle), 0);
	CU_ASSERT_EQUAL(blockfile_write(&file, buf, &len, 4090, 0), 0);
	CU_ASSERT_EQUAL(reads(4096, SIZE - 10), 10);
	CU_ASSERT_EQUAL(reads(4096, SIZE), 0);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, ZERO, 5000, 1), 0);
	fake->fail_flush = -EIO;
	CU_ASSERT_EQUAL(blockfile_flush(&file, handle), -EIO);
	CU_ASSERT_EQUAL(done(FIGURES_WRITE).ended, 1);
	CU_ASSERT_EQUAL(done(FIGURES_WRITE).bytes, 100);
	CU_ASSERT_EQUAL(done(FIGURES_READ).ended, 1);
	CU_ASSERT_EQUAL(done(FIGURES_READ).bytes, 10);
	CU_ASSERT_EQUAL(done(FIGURES_ZERO).bytes, 5000);
	CU_ASSERT_EQUAL(done(FIGURES_FLUSH).failed, 1);
	CU_ASSERT_EQUAL(openers_drop(&file.openers, true), 0);
	tear_down();
}

static void test_the_end_moves_with_the_medium(void)
{
	set_up();
	store_resize(&fake->store, SIZE / 2);
	CU_ASSERT_EQUAL(reads(8192, SIZE / 2 - 4096), 4096);
	CU_ASSERT_EQUAL(reads(4096, SIZE / 2), 0);
	store_resize(&fake->store, SIZE);
	CU_ASSERT_EQUAL(reads(8192, SIZE / 2 - 4096), 8192);
	CU_ASSERT_EQUAL(reads(100, SIZE - 50), 50);
	tear_down();
}

static void test_reads_are_cut_at_the_end(void)
{
	size_t len = 100;

	set_up();
	CU_ASSERT_EQUAL(reads(4096, 0), 4096);
	CU_ASSERT_EQUAL(reads(8192, SIZE - 4096), 4096);
	CU_ASSERT_EQUAL(reads(100, SIZE - 1), 1);
	CU_ASSERT_EQUAL(reads(100, SIZE), 0);
	CU_ASSERT_EQUAL(reads(100, UINT64_MAX), 0);
	fake->fail = -EILSEQ;
	CU_ASSERT_EQUAL(blockfile_read(&file, buf, &len, 0), -EILSEQ);
	CU_ASSERT_EQUAL(len, 100);
	tear_down();
}

static int writes(size_t *len, uint64_t off)
{
	memset(buf, 'w', sizeof(buf));
	return blockfile_write(&file, buf, len, off, 0);
}

static void test_writes_end_with_no_space(void)
{
	size_t len = 8192;

	set_up();
	CU_ASSERT_EQUAL(writes(&len, SIZE - 4096), 0);
	CU_ASSERT_EQUAL(len, 4096);
	CU_ASSERT_EQUAL(fake->bytes[SIZE - 1], 'w');
	CU_ASSERT_EQUAL(writes(&len, SIZE), -ENOSPC);
	CU_ASSERT_EQUAL(writes(&len, UINT64_MAX), -ENOSPC);
	len = 1;
	CU_ASSERT_EQUAL(writes(&len, SIZE), -ENOSPC);
	len = 0;
	CU_ASSERT_EQUAL(writes(&len, SIZE), 0);
	len = 10;
	fake->fail_write = -EIO;
	CU_ASSERT_EQUAL(writes(&len, 5), -EIO);
	tear_down();
}

/* Nothing but zeros in [off, off + len), and nothing else changed. */
static bool is_zeroed(uint64_t len, uint64_t off)
{
	for (uint64_t i = 0; i < SIZE; i++)
		if (fake->bytes[i] !=
		    (i - off < len ? 0 : fake_byte(i)))
			return false;
	return true;
}

static void test_a_punched_hole_reads_as_zeros(void)
{
	set_up();
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, 20000, 5001), 0);
	CU_ASSERT_TRUE(is_zeroed(20000, 5001));
	CU_ASSERT_EQUAL(fake->discards, 0);
	tear_down();
}

static void test_only_a_punch_frees(void)
{
	set_up();
	CU_ASSERT_EQUAL(blockfile_allocate(&file, ZERO, 8192, 0), 0);
	CU_ASSERT_TRUE(is_zeroed(8192, 0));
	CU_ASSERT_EQUAL(blockfile_allocate(&file, FALLOC_FL_ZERO_RANGE, 8192,
					   0), 0);
	CU_ASSERT_EQUAL(fake->zeros, 2);
	CU_ASSERT_EQUAL(freed, 0);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, 8192, 0), 0);
	CU_ASSERT_EQUAL(freed, 1);
	tear_down();
}

/* Behind the end too: who asks there harms nothing. */
static void test_what_cannot_be_freed_is_not_punched(void)
{
	set_up();
	fake->store.frees = false;
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, 8192, 0),
			-EOPNOTSUPP);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, 8192, SIZE),
			-EOPNOTSUPP);
	CU_ASSERT_TRUE(is_zeroed(0, 0));
	CU_ASSERT_EQUAL(blockfile_allocate(&file, ZERO, 8192, 0), 0);
	CU_ASSERT_TRUE(is_zeroed(8192, 0));
	tear_down();
}

static void test_a_punch_is_cut_at_the_end(void)
{
	set_up();
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, SIZE, SIZE), 0);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, ZERO, 1, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(fake->zeros, 0);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, PUNCH, SIZE, SIZE - 5000),
			0);
	CU_ASSERT_TRUE(is_zeroed(5000, SIZE - 5000));
	tear_down();
}

static void test_what_would_grow_is_refused(void)
{
	set_up();
	CU_ASSERT_EQUAL(blockfile_allocate(&file, FALLOC_FL_ZERO_RANGE, 8192,
					   SIZE - 4096), -ENOSPC);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, 0, 4096, 0), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(blockfile_allocate(&file, FALLOC_FL_COLLAPSE_RANGE,
					   4096, 0), -EOPNOTSUPP);
	CU_ASSERT_TRUE(is_zeroed(0, 0));
	tear_down();
}

static uint64_t finds(int whence, uint64_t off)
{
	CU_ASSERT_EQUAL(blockfile_seek(&file, whence, &off), 0);
	return off;
}

static unsigned hole_is;

/* The second quarter is a hole of the kind that hole_is says. */
static int map_quarter(struct store *store, uint64_t off, uint64_t *len,
		       unsigned *ret_what)
{
	uint64_t end = off < SIZE / 4 ? SIZE / 4 :
		       off < SIZE / 2 ? SIZE / 2 : SIZE;

	*len = MIN(*len, end - off);
	*ret_what = end == SIZE / 2 ? hole_is : 0;
	return fake_of(store)->fail;
}

static void test_a_hole_is_what_reads_as_zeros(void)
{
	uint64_t off = SIZE;

	set_up();
	ops.map = map_quarter;
	hole_is = FILTER_HOLE | FILTER_ZERO;
	CU_ASSERT_EQUAL(finds(SEEK_DATA, 5), 5);
	CU_ASSERT_EQUAL(finds(SEEK_HOLE, 5), SIZE / 4);
	CU_ASSERT_EQUAL(finds(SEEK_HOLE, SIZE / 4 + 5), SIZE / 4 + 5);
	CU_ASSERT_EQUAL(finds(SEEK_DATA, SIZE / 4 + 5), SIZE / 2);
	CU_ASSERT_EQUAL(finds(SEEK_HOLE, SIZE / 2), SIZE);
	CU_ASSERT_EQUAL(blockfile_seek(&file, SEEK_DATA, &off), -ENXIO);
	CU_ASSERT_EQUAL(blockfile_seek(&file, SEEK_SET, &off), -EINVAL);
	hole_is = FILTER_ZERO;
	CU_ASSERT_EQUAL(finds(SEEK_HOLE, 5), SIZE / 4);
	/* What is merely not allocated may read as anything. */
	hole_is = FILTER_HOLE;
	CU_ASSERT_EQUAL(finds(SEEK_HOLE, 5), SIZE);
	CU_ASSERT_EQUAL(finds(SEEK_DATA, SIZE / 4), SIZE / 4);
	fake->fail = -EIO;
	off = 0;
	CU_ASSERT_EQUAL(blockfile_seek(&file, SEEK_DATA, &off), -EIO);
	CU_ASSERT_EQUAL(off, 0);
	tear_down();
}

static void test_what_stat_tells(void)
{
	struct statvfs fs;
	struct stat st;

	set_up();
	fake->map_hole = 8192;
	blockfile_stat(&file, &st);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	CU_ASSERT_EQUAL(st.st_size, SIZE);
	CU_ASSERT_EQUAL(st.st_blksize, 4096);
	CU_ASSERT_EQUAL(st.st_blocks, 8192 / 512);
	blockfile_statfs(&file, &fs);
	CU_ASSERT_EQUAL(fs.f_blocks, SIZE / 4096);
	CU_ASSERT_EQUAL(fs.f_bfree, SIZE / 4096 - 2);
	fake->store.medium.writable = false;
	blockfile_stat(&file, &st);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0400);
	tear_down();
}

CHECK_SUITE("blockfile",
	    CHECK(test_requests_are_counted_as_they_came),
	    CHECK(test_the_end_moves_with_the_medium),
	    CHECK(test_reads_are_cut_at_the_end),
	    CHECK(test_writes_end_with_no_space),
	    CHECK(test_a_punched_hole_reads_as_zeros),
	    CHECK(test_only_a_punch_frees),
	    CHECK(test_what_cannot_be_freed_is_not_punched),
	    CHECK(test_a_punch_is_cut_at_the_end),
	    CHECK(test_what_would_grow_is_refused),
	    CHECK(test_a_hole_is_what_reads_as_zeros),
	    CHECK(test_what_stat_tells))
