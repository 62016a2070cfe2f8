/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-vtoc.c - Solaris, UnixWare and Minix inside a partition, byte by byte
 */
#include <errno.h>

#include "image.h"

enum { SOLARIS = 512, UNIXWARE = 29 * 512 };

static void put_le(uint64_t off, uint64_t n, size_t len)
{
	unsigned char data[8];

	for (size_t i = 0; i < len; i++)
		data[i] = (unsigned char)(n >> 8 * i);
	image_put(off, data, len);
}

static void place(const char *scheme, const char *hint, uint64_t sectors)
{
	image_place = (struct scheme_place){
		.base = sectors * 512, .hint = hint, .scheme = scheme,
	};
}

/* A slice of either: tag, flags, start, sectors. */
static void put_slice(uint64_t at, unsigned tag, unsigned flags,
		      uint32_t start, uint32_t sectors)
{
	put_le(at, tag, 2);
	put_le(at + 2, flags, 2);
	put_le(at + 4, start, 4);
	put_le(at + 8, sectors, 4);
}

static void make_solaris(void)
{
	image_new(16 * MiB);
	put_le(SOLARIS + 12, 0x600ddeee, 4);
	put_le(SOLARIS + 16, 1, 4);
	put_le(SOLARIS + 30, 16, 2);
	put_slice(SOLARIS + 72, 2, 0, 3024, 8192);
	put_slice(SOLARIS + 72 + 12, 3, 1, 11216, 4096);
	put_slice(SOLARIS + 72 + 2 * 12, 5, 0, 0, 32768);
	put_slice(SOLARIS + 72 + 7 * 12, 8, 0x10, 15312, 99999);
	put_slice(SOLARIS + 72 + 8 * 12, 1, 1, 0, 3024);
	put_slice(SOLARIS + 72 + 15 * 12, 0x55, 0, 15312, 1);
}

static void test_solaris_counts_from_its_partition(void)
{
	make_solaris();
	place("mbr", "0xBF", 2048);
	CU_ASSERT_EQUAL_FATAL(image_scan("solaris", 512), 0);
	CU_ASSERT_EQUAL_FATAL(scanned.n, 5);
	CU_ASSERT_TRUE(image_part_is(0, 1, 3024, 8192, "Solaris_root"));
	CU_ASSERT_TRUE(image_part_is(1, 2, 11216, 4096, "Solaris_swap"));
	CU_ASSERT_TRUE(image_part_is(2, 8, 15312, 17456, "Solaris_home"));
	CU_ASSERT_TRUE(image_part_is(3, 9, 0, 3024, "Solaris_boot"));
	CU_ASSERT_TRUE(image_part_is(4, 16, 15312, 1, "Solaris_0x55"));
	CU_ASSERT_TRUE(scanned.parts[1].writable);
	CU_ASSERT_FALSE(scanned.parts[2].writable);
	/* An image of the partition alone. */
	place("", "", 0);
	CU_ASSERT_EQUAL(image_scan("solaris", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 3024, 8192, "Solaris_root"));
}

static void test_solaris_tables_that_are_none(void)
{
	make_solaris();
	put_le(SOLARIS + 16, 2, 4);
	CU_ASSERT_EQUAL(image_scan("solaris", 512), -ENODEV);
	make_solaris();
	put_le(SOLARIS + 30, 0, 2);
	CU_ASSERT_EQUAL(image_scan("solaris", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "no partitions"));
	make_solaris();
	put_le(SOLARIS + 30, 65535, 2);
	CU_ASSERT_EQUAL(image_scan("solaris", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 5);
}

static void make_unixware(void)
{
	image_new(16 * MiB);
	put_le(UNIXWARE + 4, 0xca5e600d, 4);
	put_le(UNIXWARE + 40, 2048, 4);
	put_le(UNIXWARE + 156, 0x600ddeee, 4);
	put_slice(UNIXWARE + 216, 5, 0x200, 2048, 32768);
	put_slice(UNIXWARE + 216 + 12, 2, 0x200, 4096, 8192);
	put_slice(UNIXWARE + 216 + 24, 3, 0x201, 12288, 8);
	put_slice(UNIXWARE + 216 + 36, 0, 0x200, 12288, 8);
	put_slice(UNIXWARE + 216 + 48, 9, 0x200, 12288, 64);
	put_slice(UNIXWARE + 216 + 60, 9, 0x200, 2047, 64);
	put_slice(UNIXWARE + 216 + 72, 9, 0x200, 34816, 64);	/* the end */
	put_slice(UNIXWARE + 216 + 15 * 12, 11, 0x200, 34815, 64);
}

static void test_unixware_counts_from_the_disk(void)
{
	static const uint64_t bases[] = { 2048, 0 };

	/* Without a map around it, its own word on where it begins counts. */
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		make_unixware();
		place(bases[i] ? "mbr" : "", bases[i] ? "0x63" : "",
		      bases[i]);
		CU_ASSERT_EQUAL_FATAL(image_scan("unixware", 512), 0);
		CU_ASSERT_EQUAL_FATAL(scanned.n, 3);
		CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 8192,
					     "UnixWare_root"));
		CU_ASSERT_TRUE(image_part_is(1, 4, 10240, 64,
					     "UnixWare_stand"));
		CU_ASSERT_TRUE(image_part_is(2, 15, 32767, 1,
					     "UnixWare_home"));
	}
	/* The map knows better. */
	place("mbr", "0x63", 2048);
	put_le(UNIXWARE + 40, 99, 4);
	CU_ASSERT_EQUAL(image_scan("unixware", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 8192, "UnixWare_root"));
	place("", "", 0);
	put_le(UNIXWARE + 156, 0, 4);
	CU_ASSERT_EQUAL(image_scan("unixware", 512), -ENODEV);
}

/* Slot @n: as in an MBR. */
static void put_slot(unsigned n, unsigned type, uint32_t start,
		     uint32_t sectors)
{
	uint64_t at = 446 + 16 * n;

	put_le(at + 4, type, 1);
	put_le(at + 8, start, 4);
	put_le(at + 12, sectors, 4);
}

static void test_minix_counts_from_the_disk(void)
{
	image_new(16 * MiB);
	put_le(510, 0xaa55, 2);
	put_slot(0, 0x81, 2049, 8192);
	put_slot(1, 0x83, 10241, 8);
	put_slot(3, 0x81, 10241, 99999);
	place("mbr", "0x81", 2048);
	CU_ASSERT_EQUAL_FATAL(image_scan("minix", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 1, 1, 8192, "Minix"));
	CU_ASSERT_TRUE(image_part_is(1, 4, 8193, 24575, "Minix"));
	put_slot(0, 0x83, 2049, 8192);
	put_slot(3, 0, 0, 0);
	CU_ASSERT_EQUAL(image_scan("minix", 512), -ENODEV);
	put_slot(0, 0x81, 2047, 8192);
	CU_ASSERT_EQUAL(image_scan("minix", 512), -ENODEV);
	put_slot(0, 0x81, 2049, 8192);
	CU_ASSERT_EQUAL(image_scan("minix", 512), 0);
	put_le(510, 0, 2);
	CU_ASSERT_EQUAL(image_scan("minix", 512), -ENODEV);
	place("", "", 0);
}

static void test_small_media(void)
{
	static const char *const names[] = { "solaris", "unixware", "minix" };
	static const uint64_t sizes[] = { 0, 1, 511, 512, 1023, UNIXWARE,
					  UNIXWARE + 511 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
			image_new(sizes[k]);
			CU_ASSERT_EQUAL(image_scan(names[i], 512), -ENODEV);
			CU_ASSERT_EQUAL(strncmp(scanned.why, "no ", 3), 0);
		}
}

static void test_unreadable_medium_is_no_answer(void)
{
	static const char *const names[] = { "solaris", "unixware", "minix",
					     "bsd" };
	int fd = open(image_path, O_WRONLY | O_CLOEXEC), score = 0;
	char why[128];

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CU_ASSERT_EQUAL(partmap_find(names[i])->scan(
			&(struct scheme_medium){
				.fd = fd, .size = MiB, .sector = 512,
				.place = image_place,
			}, &score, why, image_publish, NULL), -EBADF);
	close(fd);
}

static void test_publish_can_stop(void)
{
	make_solaris();
	scanned.stop_at = 2;
	CU_ASSERT_EQUAL(image_scan("solaris", 512), -ECANCELED);
	make_unixware();
	CU_ASSERT_EQUAL(image_scan("unixware", 512), -ECANCELED);
	CU_ASSERT_EQUAL(scanned.n, 1);
	scanned.stop_at = 0;
}

CHECK_SUITE("vtoc", CHECK(test_solaris_counts_from_its_partition),
	    CHECK(test_solaris_tables_that_are_none),
	    CHECK(test_unixware_counts_from_the_disk),
	    CHECK(test_minix_counts_from_the_disk), CHECK(test_small_media),
	    CHECK(test_unreadable_medium_is_no_answer),
	    CHECK(test_publish_can_stop))
