/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-excerpt.c - both ends and an MBR's chain are there, all else is zeros
 */
#include <errno.h>
#include <unistd.h>

#include "excerpt.h"

#include "check.h"
#include "fake-store.h"

#define MIB ((uint64_t)1 << 20)
#define SIZE (16 * MIB)

static struct fake_store *store;
static int fd;

static void open_excerpt(void)
{
	CU_ASSERT_EQUAL_FATAL(excerpt_open(&store->store, &fd), 0);
}

static unsigned char byte_at(uint64_t off)
{
	unsigned char c = 0;

	CU_ASSERT_EQUAL(pread(fd, &c, 1, (off_t)off), 1);
	return c;
}

static void put_entry(uint64_t sector, unsigned i, unsigned char type,
		      uint32_t start)
{
	unsigned char *at = store->bytes + sector * 512;

	at[446 + 16 * i + 4] = type;
	memcpy(at + 446 + 16 * i + 8, &start, sizeof(start));
	at[510] = 0x55;
	at[511] = 0xaa;
}

static int make_store(void)
{
	store = fake_new(SIZE, 512);
	memset(store->bytes, 'x', SIZE);
	memset(store->bytes, 0, 512);
	return 0;
}

static int free_store(void)
{
	fake_free(store);
	return 0;
}

static void test_both_ends_are_there(void)
{
	open_excerpt();
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), (off_t)SIZE);
	CU_ASSERT_EQUAL(byte_at(512), 'x');
	CU_ASSERT_EQUAL(byte_at(EXCERPT_HEAD - 1), 'x');
	CU_ASSERT_EQUAL(byte_at(EXCERPT_HEAD), 0);
	CU_ASSERT_EQUAL(byte_at(SIZE - EXCERPT_TAIL - 1), 0);
	CU_ASSERT_EQUAL(byte_at(SIZE - EXCERPT_TAIL), 'x');
	CU_ASSERT_EQUAL(byte_at(SIZE - 1), 'x');
	CU_ASSERT_EQUAL(write(fd, "y", 1), -1);
	CU_ASSERT_EQUAL(ftruncate(fd, 0), -1);
	close(fd);
}

/* Sectors 16384 and 20480 are at 8 and 10 MiB. */
static void test_chain_and_slices_are_there(void)
{
	put_entry(0, 0, 0x83, 24576);
	put_entry(0, 1, 0x05, 16384);
	put_entry(16384, 1, 0x05, 4096);
	put_entry(20480, 0, 0x83, 63);
	open_excerpt();
	CU_ASSERT_EQUAL(byte_at(12 * MIB), 'x');
	CU_ASSERT_EQUAL(byte_at(12 * MIB + 16383), 'x');
	CU_ASSERT_EQUAL(byte_at(12 * MIB + 16384), 0);
	CU_ASSERT_EQUAL(byte_at(8 * MIB + 510), 0x55);
	CU_ASSERT_EQUAL(byte_at(8 * MIB + 512), 0);
	CU_ASSERT_EQUAL(byte_at(10 * MIB + 510), 0x55);
	close(fd);
}

/* Each link counts from the first record, not from the one it stands in:
   8 MiB, and 2, 3 and 5 MiB behind that. */
static void test_a_chain_counts_from_its_first(void)
{
	put_entry(0, 0, 0x0f, 16384);
	put_entry(16384, 1, 0x05, 4096);
	put_entry(20480, 1, 0x05, 6144);
	put_entry(22528, 1, 0x05, 10240);
	put_entry(26624, 0, 0x83, 63);
	open_excerpt();
	CU_ASSERT_EQUAL(byte_at(10 * MIB + 510), 0x55);
	CU_ASSERT_EQUAL(byte_at(11 * MIB + 510), 0x55);
	CU_ASSERT_EQUAL(byte_at(13 * MIB + 510), 0x55);
	close(fd);
	memset(store->bytes, 0, 512);
}

/* The rest of the medium is still worth opening. */
static void test_a_bad_end_takes_nothing_with_it(void)
{
	store->bad = SIZE - 1;
	open_excerpt();
	CU_ASSERT_EQUAL(byte_at(512), 'x');
	CU_ASSERT_EQUAL(byte_at(SIZE - 1), 0);
	close(fd);
	store->bad = EXCERPT_HEAD - 1;
	open_excerpt();
	CU_ASSERT_EQUAL(byte_at(512), 'x');
	CU_ASSERT_EQUAL(byte_at(SIZE - 1), 'x');
	close(fd);
	store->bad = 512;	/* where the maps are */
	CU_ASSERT_EQUAL(excerpt_open(&store->store, &fd), -EIO);
	store->bad = 0;
}

static void test_circles_and_wild_numbers_end(void)
{
	unsigned reads;

	put_entry(20480, 1, 0x05, 0);
	put_entry(0, 2, 0x0f, 0xffffffff);
	put_entry(0, 3, 0x83, 0xfffffff0);
	store->reads = 0;
	open_excerpt();
	reads = store->reads;
	CU_ASSERT_TRUE(reads >= EXCERPT_LINKS);
	CU_ASSERT_TRUE(reads < 2 * EXCERPT_LINKS);
	close(fd);
}

static void test_error_of_the_medium_comes_through(void)
{
	store->fail = -EIO;
	CU_ASSERT_EQUAL(excerpt_open(&store->store, &fd), -EIO);
	store->fail = 0;
}

static void test_small_and_coarse_media(void)
{
	struct fake_store *small = fake_new(4096, 4096);

	CU_ASSERT_EQUAL_FATAL(excerpt_open(&small->store, &fd), 0);
	CU_ASSERT_EQUAL(byte_at(4095), fake_byte(4095));
	close(fd);
	fake_free(small);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_both_ends_are_there),
		CHECK(test_chain_and_slices_are_there),
		CHECK(test_a_bad_end_takes_nothing_with_it),
		CHECK(test_circles_and_wild_numbers_end),
		CHECK(test_error_of_the_medium_comes_through),
		CHECK(test_small_and_coarse_media),
		CHECK(test_a_chain_counts_from_its_first),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "excerpt", make_store, free_store, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
