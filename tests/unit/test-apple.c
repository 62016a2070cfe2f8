/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-apple.c - Apple maps: those of other tools, and every way to be odd
 *
 * libblkid is the oracle where it can be.  It is known to differ: it needs a
 * driver map, publishes free space, knows no flags, wraps beyond 2 TiB.
 */
#include <errno.h>

#include "apple.h"
#include "image.h"

/* An entry in block @n; start and size count in blocks. */
struct entry {
	const char *name, *type;
	uint32_t start, blocks, flags;
};

static void put_driver_map(uint16_t block, uint32_t blocks)
{
	unsigned char record[APPLE_RECORD] = { 0 };

	put_be16(record, APPLE_DRIVER_MAGIC);
	put_be16(record + APPLE_DRIVER_BLOCK_SIZE, block);
	put_be32(record + APPLE_DRIVER_BLOCKS, blocks);
	image_put(0, record, sizeof(record));
}

static void put_entry(uint64_t off, const struct entry *entry, uint32_t count)
{
	unsigned char record[APPLE_RECORD] = { 0 };

	put_be16(record, APPLE_ENTRY_MAGIC);
	put_be32(record + APPLE_ENTRY_COUNT, count);
	put_be32(record + APPLE_ENTRY_START, entry->start);
	put_be32(record + APPLE_ENTRY_BLOCKS, entry->blocks);
	memcpy(record + APPLE_ENTRY_NAME, entry->name,
	       MIN(strlen(entry->name), (size_t)APPLE_STRING));
	memcpy(record + APPLE_ENTRY_TYPE, entry->type,
	       MIN(strlen(entry->type), (size_t)APPLE_STRING));
	put_be32(record + APPLE_ENTRY_FLAGS, entry->flags);
	image_put(off, record, sizeof(record));
}

static const struct entry map_entry = {
	"Apple", "Apple_partition_map", 1, 63, 0x3
};

/* A 1 MiB disk with blocks of @block bytes, the map's entry and @entries. */
static void make(uint32_t block, bool driver_map, const struct entry *entries,
		 uint32_t n)
{
	image_new(MiB);
	if (driver_map)
		put_driver_map((uint16_t)block, (uint32_t)(MiB / block));
	put_entry(block, &map_entry, n + 1);
	for (uint32_t i = 0; i < n; i++)
		put_entry((i + 2ull) * block, &entries[i], n + 1);
}

#define MAKE(block, driver_map, ...)					\
	make(block, driver_map, (const struct entry[]){ __VA_ARGS__ },	\
	     ARRAY_SIZE(((const struct entry[]){ __VA_ARGS__ })))

static void test_map_of_parted_is_read(void)
{
	image_new(64 * MiB);
	image_run("parted -s %s mklabel mac mkpart one hfs+ 1MiB 10MiB "
		  "mkpart two ext2 10MiB 20MiB");
	CU_ASSERT_EQUAL_FATAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 4000);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_EQUAL(scanned.n, 3);
	CU_ASSERT_TRUE(image_part_is(0, 1, 1, 63, "Apple_partition_map"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 2048, 18432, "Apple_HFS"));
	CU_ASSERT_TRUE(image_part_is(2, 3, 20480, 20480, "Apple_UNIX_SVR2"));
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].name, "one");
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].uuid, "");
	CU_ASSERT_FALSE(scanned.parts[0].writable);
	CU_ASSERT_TRUE(scanned.parts[1].writable);
}

static void test_blocks_of_all_sizes(void)
{
	static const uint32_t sizes[] = { 512, 1024, 2048, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint32_t unit = sizes[i] / 512;

		for (int with = 0; with < 2; with++) {
			MAKE(sizes[i], with, { "", "A", 70, 8, 0x33 });
			CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
			CU_ASSERT_EQUAL(scanned.score, with ? 4000 : 2000);
			CU_ASSERT_TRUE(image_part_is(1, 2, 70 * unit, 8 * unit,
						     "A"));
		}
	}
}

static void test_driver_map_tells_the_block_not_the_sector(void)
{
	MAKE(1024, true, { "", "A", 70, 8, 0x33 });
	CU_ASSERT_EQUAL(image_scan("apple", 4096), 0);
	CU_ASSERT_TRUE(image_part_is(1, 2, 140, 16, "A"));
}

static void test_impossible_block_size_is_no_driver_map(void)
{
	static const uint16_t sizes[] = { 0, 1, 511, 513, 8192, 65535 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		MAKE(512, true, { "", "A", 70, 8, 0x33 });
		put_driver_map(sizes[i], 2048);
		CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
		CU_ASSERT_EQUAL(scanned.score, 2000);
		CU_ASSERT_TRUE(image_part_is(1, 2, 70, 8, "A"));
	}
}

static void test_strings_need_no_end(void)
{
	const char *name = "abcdefghijklmnopqrstuvwxyz012345";
	const char *type = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

	MAKE(512, true, { name, type, 70, 8, 0x33 });
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_TRUE(image_part_is(1, 2, 70, 8, type));
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].name, name);
}

static void test_flags_say_what_is_writable(void)
{
	MAKE(512, true, { "", "A", 70, 8, 0x33 }, { "", "B", 80, 8, 0x13 },
	     { "", "C", 90, 8, 0 }, { "", "D", 100, 8, 0x20 },
	     { "", "E", 110, 8, 0x1 });
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 6);
	CU_ASSERT_FALSE(scanned.parts[0].writable);
	CU_ASSERT_TRUE(scanned.parts[1].writable);
	CU_ASSERT_FALSE(scanned.parts[2].writable);
	CU_ASSERT_TRUE(scanned.parts[3].writable);
	CU_ASSERT_TRUE(scanned.parts[4].writable);
	CU_ASSERT_FALSE(scanned.parts[5].writable);
}

static void test_past_the_end_is_clipped_or_skipped(void)
{
	MAKE(512, true, { "", "clipped", 2040, 100, 0x33 },
	     { "", "outside", 2048, 1, 0x33 },
	     { "", "far", UINT32_MAX, UINT32_MAX, 0x33 },
	     { "", "huge", 100, UINT32_MAX, 0x33 });
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 3);
	CU_ASSERT_TRUE(image_part_is(1, 2, 2040, 8, "clipped"));
	CU_ASSERT_TRUE(image_part_is(2, 5, 100, 1948, "huge"));
}

static void test_free_and_empty_leave_gaps_in_numbers(void)
{
	MAKE(512, true, { "", "Apple_Free", 70, 8, 0 },
	     { "", "none", 80, 0, 0x33 }, { "", "A", 90, 8, 0x33 });
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(1, 4, 90, 8, "A"));
}

static void test_beyond_two_tebibytes(void)
{
	MAKE(4096, true, { "", "A", 0x80000000, 16, 0x33 });
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 9ll << 40), 0);
	CU_ASSERT_EQUAL(image_scan("apple", 4096), 0);
	CU_ASSERT_TRUE(image_part_is(1, 2, 0x80000000ull * 8, 128, "A"));
}

static void test_many_entries(void)
{
	static const struct entry a = { "", "A", 2000, 1, 0x33 };

	image_new(MiB);
	put_driver_map(512, 2048);
	put_entry(512, &map_entry, PARTMAP_MAX_PARTS);
	for (uint32_t n = 2; n <= PARTMAP_MAX_PARTS; n++)
		put_entry(n * 512ull, &a, PARTMAP_MAX_PARTS);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, PARTMAP_MAX_PARTS);
	image_put_be32(512 + APPLE_ENTRY_COUNT, PARTMAP_MAX_PARTS + 1);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
}

static void test_wild_counts_are_refused(void)
{
	static const uint32_t counts[] = { 0, 1025, 0x7fffffff, UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		MAKE(512, true, { "", "A", 70, 8, 0x33 });
		image_put_be32(512 + APPLE_ENTRY_COUNT, counts[i]);
		CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
		CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "claims"));
	}
}

/* Some tools put the map's own entry last, and only it has the count. */
static void test_count_of_the_map_entry_wins(void)
{
	static const struct entry a = { "", "A", 70, 8, 0x33 };

	image_new(MiB);
	put_driver_map(512, 2048);
	put_entry(512, &a, 2);
	put_entry(1024, &map_entry, 3);
	put_entry(1536, &a, 3);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 3);
}

static void test_every_entry_must_be_one(void)
{
	MAKE(512, true, { "", "A", 70, 8, 0x33 }, { "", "B", 80, 8, 0x33 });
	image_put(1024, "XX", 2);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "entry 2 of 3"));
}

static void test_map_must_list_itself(void)
{
	static const struct entry a = { "", "A", 70, 8, 0x33 };

	image_new(MiB);
	put_driver_map(512, 2048);
	put_entry(512, &a, 1);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
	put_entry(512, &(struct entry){ "", "Apple_partition_map", 1, 0, 3 },
		  1);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
	put_entry(512, &(struct entry){ "", "Apple_patition_map", 1, 63, 3 },
		  1);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	put_entry(512, &(struct entry){ "", "Apple_Partition_Map", 1, 63, 3 },
		  1);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
}

static void test_cut_off_map(void)
{
	MAKE(512, true, { "", "A", 70, 8, 0x33 }, { "", "B", 80, 8, 0x33 });
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 1536), 0);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "past the end"));
}

static void test_what_is_no_map(void)
{
	static const uint64_t sizes[] = { 0, 1, 511, 512, 1023, 1024, MiB };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		image_new(sizes[i]);
		CU_ASSERT_EQUAL(image_scan("apple", 512), -ENODEV);
		CU_ASSERT_STRING_NOT_EQUAL(scanned.why, "");
	}
	put_driver_map(512, 2048);
	CU_ASSERT_EQUAL(image_scan("apple", 512), -ENODEV);
	MAKE(512, true, { "", "CD_ROM_Mode_1", 70, 8, 0x33 });
	CU_ASSERT_EQUAL(image_scan("apple", 512), -ENODEV);
}

/* Entries count in 512 bytes, but every fourth one, if it is a driver. */
static void test_old_school_disc(void)
{
	static const struct entry entries[] = {
		{ "", "Apple_Free", 0, 0, 0 },
		{ "", "Apple_HFS", 400, 100, 0x33 },
		{ "", "Apple_Driver43", 20, 4, 0x33 },
		{ "", "Apple_Driver43", 20, 4, 0x33 },
	};

	make(512, true, entries, ARRAY_SIZE(entries));
	put_driver_map(2048, 512);
	CU_ASSERT_EQUAL(image_scan("apple", 2048), 0);
	CU_ASSERT_EQUAL(scanned.n, 4);
	CU_ASSERT_TRUE(image_part_is(1, 3, 400, 100, "Apple_HFS"));
	CU_ASSERT_TRUE(image_part_is(2, 4, 80, 16, "Apple_Driver43"));
	CU_ASSERT_TRUE(image_part_is(3, 5, 20, 4, "Apple_Driver43"));
}

static void test_publish_can_stop(void)
{
	MAKE(512, true, { "", "A", 70, 8, 0x33 }, { "", "B", 80, 8, 0x33 });
	scanned.stop_at = 2;
	CU_ASSERT_EQUAL(image_scan("apple", 512), -ECANCELED);
	scanned.stop_at = 0;
	CU_ASSERT_EQUAL(scanned.n, 1);
}

static void test_unreadable_medium_is_no_answer(void)
{
	int fd = open(image_path, O_WRONLY | O_CLOEXEC), score = 2000;
	char why[128];

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(apple_scheme.scan(&(struct scheme_medium){
		.fd = fd, .size = MiB, .sector = 512,
	}, &score, why, image_publish, NULL), -EBADF);
	close(fd);
}

CHECK_SUITE("apple", CHECK(test_map_of_parted_is_read),
	    CHECK(test_blocks_of_all_sizes),
	    CHECK(test_driver_map_tells_the_block_not_the_sector),
	    CHECK(test_impossible_block_size_is_no_driver_map),
	    CHECK(test_strings_need_no_end),
	    CHECK(test_flags_say_what_is_writable),
	    CHECK(test_past_the_end_is_clipped_or_skipped),
	    CHECK(test_free_and_empty_leave_gaps_in_numbers),
	    CHECK(test_beyond_two_tebibytes), CHECK(test_many_entries),
	    CHECK(test_wild_counts_are_refused),
	    CHECK(test_count_of_the_map_entry_wins),
	    CHECK(test_every_entry_must_be_one),
	    CHECK(test_map_must_list_itself), CHECK(test_cut_off_map),
	    CHECK(test_what_is_no_map), CHECK(test_old_school_disc),
	    CHECK(test_publish_can_stop),
	    CHECK(test_unreadable_medium_is_no_answer))
