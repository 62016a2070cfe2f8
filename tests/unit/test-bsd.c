/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-bsd.c - BSD labels: fdisk's, and those of each system byte by byte
 */
#include <errno.h>

#include "image.h"

enum { AT = 512, ENTRIES = 148, ENTRY = 16 };

struct entry {
	uint64_t start, sectors;
	uint8_t type;
};

static void put_le(unsigned char *to, uint64_t n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (unsigned char)(n >> 8 * i);
}

/* A label at @at of the image, as <sys/disklabel.h> has it; with @version 1
   the 16 high bits too, as OpenBSD has them. */
static void put_label(uint64_t at, uint32_t unit, unsigned version,
		      const struct entry *entries, unsigned n)
{
	unsigned char label[ENTRIES + 65 * ENTRY] = { 0 };
	size_t len = ENTRIES + n * ENTRY;
	uint16_t sum = 0;

	put_le(label, 0x82564557, 4);
	put_le(label + 132, 0x82564557, 4);
	put_le(label + 40, unit, 4);
	put_le(label + 114, version, 2);
	put_le(label + 138, n, 2);
	for (unsigned i = 0; i < n; i++) {
		unsigned char *entry = label + ENTRIES + i * ENTRY;

		put_le(entry, entries[i].sectors, 4);
		put_le(entry + 4, entries[i].start, 4);
		put_le(entry + 8, 2048, 4);	/* bytes of a fragment */
		if (version == 1) {
			put_le(entry + 8, entries[i].start >> 32, 2);
			put_le(entry + 10, entries[i].sectors >> 32, 2);
		}
		entry[12] = entries[i].type;
	}
	for (size_t i = 0; i < len; i += 2)
		sum ^= (uint16_t)(label[i] | label[i + 1] << 8);
	put_le(label + 136, sum, 2);
	image_put(at, label, len);
}

#define LABEL(at, unit, version, ...)					\
	put_label(at, unit, version, (const struct entry[]){ __VA_ARGS__ }, \
		  ARRAY_SIZE(((const struct entry[]){ __VA_ARGS__ })))

/* The medium is a partition @sectors from its disk's beginning. */
static void place(const char *scheme, const char *hint, uint64_t sectors)
{
	image_place = (struct scheme_place){
		.base = sectors * 512, .hint = hint, .scheme = scheme,
	};
}

static void test_label_of_a_whole_disk(void)
{
	image_new(16 * MiB);
	LABEL(AT, 512, 0, { 16, 8192, 7 }, { 8208, 4096, 1 },
	      { 0, 32768, 0 }, { 0, 0, 7 }, { 12304, 100, 99 });
	CU_ASSERT_EQUAL_FATAL(image_scan("bsd", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 1900);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 3);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 8208, 4096, "BSD_swap"));
	CU_ASSERT_TRUE(image_part_is(2, 5, 12304, 100, "BSD_0x63"));
	CU_ASSERT_TRUE(scanned.parts[0].writable);
}

static void test_label_stands_in_several_places(void)
{
	static const uint64_t places[] = { 64, 128, 512, 2048, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		image_new(16 * MiB);
		LABEL(places[i], 512, 0, { 16, 8192, 7 });
		CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
		CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
	}
}

static void test_label_counts_in_its_own_sectors(void)
{
	static const uint32_t wrong[] = { 77, 256, 1000, 131072 };

	image_new(16 * MiB);
	LABEL(4096, 4096, 0, { 2, 100, 7 });
	CU_ASSERT_EQUAL(image_scan("bsd", 4096), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 800, "BSD_FFS"));
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 800, "BSD_FFS"));
	/* Where no disk has such sectors, in the disk's. */
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		LABEL(4096, wrong[i], 0, { 2, 100, 7 });
		CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
		CU_ASSERT_TRUE(image_part_is(0, 1, 2, 100, "BSD_FFS"));
	}
}

/* Since FreeBSD 10 the slice's 'c' begins at 0. */
static void test_freebsd_slice_relative(void)
{
	image_new(8 * MiB);
	place("mbr", "FreeBSD", 2048);
	LABEL(AT, 512, 0, { 16, 8192, 7 }, { 8208, 4096, 1 },
	      { 0, 16384, 0 });
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 8208, 4096, "BSD_swap"));
	place("gpt", "516E7CB4-6ECF-11D6-8FF8-00022D09712B", 2048);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
}

/* Before, all counted from the disk, 'c' too; so it does in an image of the
   slice alone, or in a slice that was copied elsewhere. */
static void test_freebsd_slice_absolute(void)
{
	image_new(8 * MiB);
	LABEL(AT, 512, 0, { 2064, 8192, 7 }, { 10256, 4096, 1 },
	      { 2048, 16384, 0 });
	place("mbr", "FreeBSD", 2048);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 8208, 4096, "BSD_swap"));
	place("mbr", "FreeBSD", 4096);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
	place("", "", 0);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 16, 8192, "BSD_FFS"));
}

/* 'c' is the whole disk, from 0; 'i' is a partition of the MBR beside it. */
static void test_openbsd_slice_counts_from_the_disk(void)
{
	image_new(8 * MiB);
	LABEL(AT, 512, 1, { 2048, 8192, 7 }, { 10240, 4096, 1 },
	      { 0, 65536, 0 }, { 64, 1984, 8 }, { 10240, 9999999, 7 });
	place("mbr", "OpenBSD", 2048);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 3);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 8192, "BSD_FFS"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 8192, 4096, "BSD_swap"));
	CU_ASSERT_TRUE(image_part_is(2, 5, 8192, 8192, "BSD_FFS"));
	place("mbr", "0xA9", 2048);	/* NetBSD does so too */
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 8192, "BSD_FFS"));
	place("gpt", "824CC7A0-36A8-11E3-890A-952519AD3F61", 2048);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 8192, "BSD_FFS"));
	place("", "", 0);
}

static void test_beyond_two_tebibytes(void)
{
	image_new(MiB);
	LABEL(AT, 512, 1, { 0x123456789, 0x100000000, 7 });
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 8ll << 40), 0);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0x123456789, 0x100000000,
				     "BSD_FFS"));
	LABEL(AT, 512, 0, { 0x123456789, 0x100000010, 7 });
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0x23456789, 0x10, "BSD_FFS"));
}

static void test_past_the_end_is_clipped_or_skipped(void)
{
	image_new(MiB);
	LABEL(AT, 512, 0, { 2000, 100, 7 }, { 2048, 1, 7 },
	      { UINT32_MAX, UINT32_MAX, 0 });
	/* 'c' counts only where it has sectors. */
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
	LABEL(AT, 512, 0, { 2000, 100, 7 }, { 2048, 1, 7 }, { 9, 0, 0 },
	      { UINT32_MAX, UINT32_MAX, 7 });
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 1);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2000, 48, "BSD_FFS"));
}

static void test_many_partitions(void)
{
	struct entry entries[65];

	for (unsigned i = 0; i < 65; i++)
		entries[i] = (struct entry){ i == 2 ? 0 : 64 + i, 1, 7 };
	image_new(MiB);
	put_label(AT, 512, 0, entries, 64);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 64);
	CU_ASSERT_TRUE(image_part_is(63, 64, 127, 1, "BSD_FFS"));
	put_label(AT, 512, 0, entries, 65);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
}

/* Puts a byte into the label, whose sum is right afterwards. */
static void put_in_label(unsigned at, unsigned char byte)
{
	unsigned char label[ENTRIES];

	CU_ASSERT_EQUAL_FATAL(bytes_read(image_fd, label, ENTRIES, AT), 0);
	label[136 + at % 2] ^= label[at] ^ byte;
	label[at] = byte;
	image_put(AT, label, ENTRIES);
}

static void test_wrong_sum_is_read_only(void)
{
	image_new(MiB);
	LABEL(AT, 512, 0, { 16, 16, 7 });
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_TRUE(scanned.parts[0].writable);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	image_put(AT + 136, "\x11", 1);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	CU_ASSERT_FALSE(scanned.parts[0].writable);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "checksum"));
}

static void test_what_is_no_label(void)
{
	static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 659, 660,
					  MiB };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		image_new(sizes[i]);
		CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
	}
	LABEL(AT, 512, 0, { 16, 16, 7 });
	put_in_label(132, 'x');		/* of the second magic */
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
	put_in_label(132, 0x57);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), 0);
	put_in_label(0, 'x');
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
	LABEL(AT, 512, 0, { 16, 16, 0 });
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "no partitions"));
	/* Cut off in the middle of its partitions. */
	LABEL(AT, 512, 0, { 16, 16, 7 }, { 40, 16, 7 });
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, AT + ENTRIES + 20), 0);
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ENODEV);
}

static void test_publish_can_stop(void)
{
	image_new(MiB);
	LABEL(AT, 512, 0, { 16, 16, 7 }, { 40, 16, 7 });
	scanned.stop_at = 2;
	CU_ASSERT_EQUAL(image_scan("bsd", 512), -ECANCELED);
	CU_ASSERT_EQUAL(scanned.n, 1);
	scanned.stop_at = 0;
}

CHECK_SUITE("bsd", CHECK(test_label_of_a_whole_disk),
	    CHECK(test_label_stands_in_several_places),
	    CHECK(test_label_counts_in_its_own_sectors),
	    CHECK(test_freebsd_slice_relative),
	    CHECK(test_freebsd_slice_absolute),
	    CHECK(test_openbsd_slice_counts_from_the_disk),
	    CHECK(test_beyond_two_tebibytes),
	    CHECK(test_past_the_end_is_clipped_or_skipped),
	    CHECK(test_many_partitions), CHECK(test_wrong_sum_is_read_only),
	    CHECK(test_what_is_no_label),
	    CHECK(test_publish_can_stop))
