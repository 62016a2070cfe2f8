/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-label.c - labels of SGI and Sun, made by sfdisk; of Ultrix, the Atari
 * and AIX, byte by byte
 *
 * The layouts: Linux's block/partitions/ultrix.c and atari.c name them; the
 * numbers of Ultrix are little-endian, the Atari's big-endian.
 */
#include <errno.h>

#include "image.h"

/* Cylinders of 255 * 63 sectors, which both tools and labels count in. */
#define CYLINDER 16065

static void test_sgi_label(void)
{
	image_new(64 * MiB);
	image_run("printf 'label: sgi\\n1: start=16065,size=16065,type=83\\n"
		  "2: start=32130,size=32130,type=a\\n' | sfdisk %s");
	CU_ASSERT_EQUAL_FATAL(image_scan("sgi", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 1500);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_EQUAL_FATAL(scanned.n, 2);
	/* sfdisk counts the end in, and so has one sector less. */
	CU_ASSERT_TRUE(image_part_is(0, 1, CYLINDER, 16064, "SGI_linux"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 2 * CYLINDER, 32129, "SGI_xfs"));
	CU_ASSERT_TRUE(scanned.parts[0].writable);
	CU_ASSERT_EQUAL(image_scan("sun", 512), -ENODEV);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
}

static void make_sun(void)
{
	static char *copy;

	image_make(64 * MiB, "printf 'label: sun\\n"
		   "1: start=0,size=16065,type=2\\n"
		   "3: start=0,size=128520,type=5\\n"
		   "4: start=16065,size=32130,type=83\\n' | sfdisk %s",
		   &copy);
}

/* The first partition begins with the disk; the third stands for it. */
static void test_sun_label(void)
{
	make_sun();
	CU_ASSERT_EQUAL_FATAL(image_scan("sun", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 1400);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, CYLINDER, "Sun_root"));
	CU_ASSERT_TRUE(image_part_is(1, 4, CYLINDER, 2 * CYLINDER,
				     "Sun_linux"));
	CU_ASSERT_TRUE(scanned.parts[0].writable);
	/* It counts in 512 bytes on a disk of other sectors too. */
	CU_ASSERT_EQUAL(image_scan("sun", 2048), 0);
	CU_ASSERT_TRUE(image_part_is(1, 4, CYLINDER, 2 * CYLINDER,
				     "Sun_linux"));
}

static void test_sun_label_past_the_end(void)
{
	make_sun();
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 20000 * 512), 0);
	CU_ASSERT_EQUAL(image_scan("sun", 512), 0);
	CU_ASSERT_TRUE(image_part_is(1, 4, CYLINDER, 20000 - CYLINDER,
				     "Sun_linux"));
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 16000 * 512), 0);
	CU_ASSERT_EQUAL(image_scan("sun", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 1);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 16000, "Sun_root"));
}

static void test_sun_label_whose_sum_is_wrong(void)
{
	make_sun();
	image_put(444, "\xff", 1);
	CU_ASSERT_EQUAL(image_scan("sun", 512), -ENODEV);
	CU_ASSERT_STRING_EQUAL(scanned.why, "no Sun label");
}

static void put_le32(uint64_t off, uint32_t n)
{
	unsigned char data[4] = {
		(unsigned char)n, (unsigned char)(n >> 8),
		(unsigned char)(n >> 16), (unsigned char)(n >> 24),
	};

	image_put(off, data, sizeof(data));
}

/* The table ends with the first 16 KiB: a magic, "valid", then sectors and
   start of 8 partitions. */
static void test_ultrix_label(void)
{
	const uint64_t at = 16384 - 72;

	image_new(16 * MiB);
	put_le32(at, 0x032957);
	put_le32(at + 4, 1);
	put_le32(at + 8, 8192);
	put_le32(at + 12, 0);
	put_le32(at + 8 + 2 * 8, 4096);
	put_le32(at + 12 + 2 * 8, 16384);
	CU_ASSERT_EQUAL_FATAL(image_scan("ultrix", 512), 0);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 8192, "Ultrix"));
	CU_ASSERT_TRUE(image_part_is(1, 3, 16384, 4096, "Ultrix"));
	put_le32(at + 4, 0);
	CU_ASSERT_EQUAL(image_scan("ultrix", 512), -ENODEV);
}

/* Flags, an id of three letters, start and sectors, at 454 and on. */
static void put_atari(unsigned n, const char *id, uint32_t start,
		      uint32_t sectors)
{
	uint64_t at = 454 + 12 * n;

	image_put(at, "\x01", 1);
	image_put(at + 1, id, 3);
	image_put_be32(at + 4, start);
	image_put_be32(at + 8, sectors);
}

static void test_atari_map(void)
{
	image_new(16 * MiB);
	image_put_be32(450, 32768);
	put_atari(0, "GEM", 2, 8192);
	put_atari(2, "LNX", 8194, 4096);
	CU_ASSERT_EQUAL_FATAL(image_scan("atari", 512), 0);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2, 8192, "Atari_GEM"));
	CU_ASSERT_TRUE(image_part_is(1, 3, 8194, 4096, "Atari_LNX"));
	CU_ASSERT_EQUAL(image_scan("atari", 2048), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2, 8192, "Atari_GEM"));
	image_put_be32(450, 32769);	/* larger than the disk */
	CU_ASSERT_EQUAL(image_scan("atari", 512), -ENODEV);
}

/* There is no map that we could read, but what the disk is can be said. */
static void test_aix_disk_is_named(void)
{
	image_new(16 * MiB);
	image_put(0, "\xc9\xc2\xd4\xc1", 4);
	CU_ASSERT_EQUAL(image_scan("aix", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "AIX's volume manager"));
}

/* An SGI label whose only entry is this one; its words add up to 0. */
static void put_sgi(uint32_t sectors, uint32_t start, uint32_t type)
{
	const uint32_t words[] = { 0x0be5a941, sectors, start, type };
	uint32_t sum = 0;

	image_put_be32(0, words[0]);
	for (unsigned i = 1; i < 4; i++)
		image_put_be32(308 + 4 * i, words[i]);
	for (unsigned i = 0; i < 4; i++)
		sum += words[i];
	image_put_be32(504, -sum);
}

static void test_label_without_partitions(void)
{
	image_new(64 * MiB);
	put_sgi(131072, 0, 6);
	CU_ASSERT_EQUAL(image_scan("sgi", 512), -ENODEV);
	CU_ASSERT_STRING_EQUAL(scanned.why, "the SGI label has no partitions");
	put_sgi(131072, 0, 0x42);
	CU_ASSERT_EQUAL(image_scan("sgi", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 131072, "SGI_0x42"));
	CU_ASSERT_TRUE(scanned.parts[0].writable);
	/* The label itself, and what the firmware starts. */
	put_sgi(4096, 0, 0);
	CU_ASSERT_EQUAL(image_scan("sgi", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 0, 4096, "SGI_volhdr"));
	CU_ASSERT_FALSE(scanned.parts[0].writable);
}

static void test_what_is_no_label(void)
{
	static const char *const names[] = {
		"sgi", "sun", "ultrix", "atari", "aix",
	};
	static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 16384, MiB };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			image_new(sizes[k]);
			CU_ASSERT_EQUAL(image_scan(names[i], 512), -ENODEV);
			CU_ASSERT_EQUAL(strncmp(scanned.why, "no ", 3), 0);
			CU_ASSERT_EQUAL(image_scan(names[i], 513),
					streq(names[i], "aix") ? -ENODEV :
					-EINVAL);
		}
}

static void test_publish_can_stop(void)
{
	make_sun();
	scanned.stop_at = 2;
	CU_ASSERT_EQUAL(image_scan("sun", 512), -ECANCELED);
	CU_ASSERT_EQUAL(scanned.n, 1);
	scanned.stop_at = 0;
}

CHECK_SUITE("label", CHECK(test_sgi_label), CHECK(test_sun_label),
	    CHECK(test_sun_label_past_the_end),
	    CHECK(test_sun_label_whose_sum_is_wrong),
	    CHECK(test_ultrix_label), CHECK(test_atari_map),
	    CHECK(test_aix_disk_is_named),
	    CHECK(test_label_without_partitions),
	    CHECK(test_what_is_no_label), CHECK(test_publish_can_stop))
