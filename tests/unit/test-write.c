/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-write.c - what we write is what we, libblkid and the tools read
 */
#include <blkid/blkid.h>
#include <errno.h>

#include "image.h"

static struct failure failure;

/* Writes a map on a new image of @size bytes. */
static int make(uint64_t size, uint32_t sector, const char *scheme,
		const struct write_part *parts, size_t n)
{
	failure = (struct failure){ 0 };
	image_new(size);
	return write_map(image_fd, size, sector, scheme, parts, n, &failure);
}

#define MAKE(size, sector, scheme, ...)					\
	make(size, sector, scheme, (const struct write_part[]){		\
	     __VA_ARGS__ }, ARRAY_SIZE(((const struct write_part[]){	\
	     __VA_ARGS__ })))

/* What libblkid reads must be, entry by entry, what we have just scanned. */
static void compare_with_libblkid(char *type, uint32_t sector)
{
	char *types[] = { type, NULL };
	blkid_probe probe = blkid_new_probe();
	blkid_partlist list;
	size_t i = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(probe);
	CU_ASSERT_EQUAL(blkid_probe_set_device(probe, image_fd, 0, 0), 0);
	CU_ASSERT_EQUAL(blkid_probe_set_sectorsize(probe, sector), 0);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_filter_partitions_type(probe, BLKID_FLTR_ONLYIN, types);
	list = blkid_probe_get_partitions(probe);
	CU_ASSERT_PTR_NOT_NULL_FATAL(list);
	for (int k = 0; k < blkid_partlist_numof_partitions(list); k++) {
		blkid_partition p = blkid_partlist_get_partition(list, k);
		const char *hint = blkid_partition_get_type_string(p);

		/* Free space and containers are nothing that we publish. */
		if (streq(or_empty(hint), "Apple_Free") ||
		    blkid_partition_is_extended(p))
			continue;
		CU_ASSERT_TRUE_FATAL(i < scanned.n);
		CU_ASSERT_EQUAL(scanned.parts[i].number,
				(unsigned)blkid_partition_get_partno(p));
		CU_ASSERT_EQUAL(scanned.parts[i].base,
				(uint64_t)blkid_partition_get_start(p) * 512);
		CU_ASSERT_EQUAL(scanned.parts[i].size,
				(uint64_t)blkid_partition_get_size(p) * 512);
		if (hint)
			CU_ASSERT_EQUAL(strcasecmp(scanned.parts[i].hint,
						   hint), 0);
		CU_ASSERT_STRING_EQUAL(scanned.parts[i].name,
				       or_empty(blkid_partition_get_name(p)));
		i++;
	}
	CU_ASSERT_EQUAL(i, scanned.n);
	blkid_free_probe(probe);
}

static const uint32_t sectors[] = { 512, 4096 };

static void test_gpt(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		CU_ASSERT_EQUAL(MAKE(64 * MiB, sectors[i], "gpt",
				     { 4 * MiB, "linux-data", "D\303\244ta" },
				     { 0, "luks", "rest" },
				     { 5000, "esp", NULL }), 0);
		CU_ASSERT_EQUAL(failure.code, EXIT_OK);
		CU_ASSERT_EQUAL(image_scan("gpt", sectors[i]), 0);
		CU_ASSERT_STRING_EQUAL(scanned.why, "");
		CU_ASSERT_EQUAL(scanned.n, 3);
		CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 8192,
			"0FC63DAF-8483-4772-8E79-3D69D8477DE4"));
		CU_ASSERT_TRUE(image_part_is(1, 2, 10240, 118784,
			"CA7D7CCB-63ED-4C53-861C-1742536059CC"));
		CU_ASSERT_TRUE(image_part_is(2, 3, 129024, 16,
			"C12A7328-F81F-11D2-BA4B-00A0C93EC93B"));
		CU_ASSERT_STRING_EQUAL(scanned.parts[0].name, "D\303\244ta");
		compare_with_libblkid((char[]){ "gpt" }, sectors[i]);
	}
}

static void test_gpt_satisfies_sgdisk(void)
{
	CU_ASSERT_EQUAL(MAKE(64 * MiB, 512, "gpt", { 0, "luks", "all" }), 0);
	image_run("sgdisk -v %s | grep -q 'No problems found'");
}

static void test_mbr(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		CU_ASSERT_EQUAL(MAKE(64 * MiB, sectors[i], "mbr",
				     { 4 * MiB, "linux-data" },
				     { 0, "luks" }, { 5000, "0x7" }), 0);
		CU_ASSERT_EQUAL(image_scan("mbr", sectors[i]), 0);
		CU_ASSERT_EQUAL(scanned.n, 3);
		CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 8192, "Linux"));
		CU_ASSERT_TRUE(image_part_is(1, 2, 10240, 118784, "0xE8"));
		CU_ASSERT_TRUE(image_part_is(2, 3, 129024, 16,
					     "Windows_NTFS"));
		compare_with_libblkid((char[]){ "dos" }, sectors[i]);
	}
}

static void test_mbr_with_logical_partitions(void)
{
	CU_ASSERT_EQUAL(MAKE(64 * MiB, 512, "mbr", { MiB, "linux-data" },
			     { MiB, "luks" }, { 1, "0x82" }, { MiB, "lvm" },
			     { 0, "raid" }, { MiB, "0x83" }), 0);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 6);
	CU_ASSERT_TRUE(image_part_is(2, 3, 6144, 8, "Linux_Swap"));
	CU_ASSERT_TRUE(image_part_is(3, 5, 10240, 2048, "Linux_LVM"));
	CU_ASSERT_TRUE(image_part_is(4, 6, 14336, 112640, "Linux_RAID"));
	CU_ASSERT_TRUE(image_part_is(5, 7, 129024, 2048, "Linux"));
	compare_with_libblkid((char[]){ "dos" }, 512);
	image_run("sfdisk -V %s");
}

static void test_apple(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sectors); i++) {
		uint64_t first = 64 * sectors[i] / 512;

		CU_ASSERT_EQUAL(MAKE(5 * MiB, sectors[i], "apple",
				     { 4 * MiB, "MySoftwareCompany_MyContent",
				       "secret" }, { 5000, "apple-hfs" }), 0);
		CU_ASSERT_EQUAL(image_scan("apple", sectors[i]), 0);
		CU_ASSERT_EQUAL(scanned.score, 4000);
		CU_ASSERT_EQUAL(scanned.n, 3);
		CU_ASSERT_TRUE(image_part_is(0, 1, sectors[i] / 512,
					     63 * (sectors[i] / 512),
					     "Apple_partition_map"));
		CU_ASSERT_TRUE(image_part_is(1, 2, first, 8192,
					     "MySoftwareCompany_MyContent"));
		CU_ASSERT_TRUE(image_part_is(2, 3, first + 8192, 16,
					     "Apple_HFS"));
		CU_ASSERT_STRING_EQUAL(scanned.parts[1].name, "secret");
		CU_ASSERT_TRUE(scanned.parts[1].writable);
		compare_with_libblkid((char[]){ "mac" }, sectors[i]);
	}
}

static void test_apple_satisfies_parted(void)
{
	CU_ASSERT_EQUAL(MAKE(5 * MiB, 512, "apple",
			     { 4 * MiB, "MySoftwareCompany_MyContent", "me" },
			     { 0, "apple-hfs" }), 0);
	image_run("parted -ms %s unit s print | tr '\\n' ' ' | "
		  "grep -q '1:1s:63s:63s::Apple:; "
		  "2:64s:8255s:8192s::me:; 3:8256s:10239s:1984s::.*:; $'");
}

/* Entries of an older map must not seem to follow. */
static void test_apple_clears_its_map(void)
{
	struct write_part part = { MiB, "apple-hfs", NULL };

	image_new(5 * MiB);
	for (unsigned n = 0; n < 64; n++)
		image_put(n * 512, "PMxxxxxx", 8);
	CU_ASSERT_EQUAL(write_map(image_fd, 5 * MiB, 512, "apple", &part, 1,
				  NULL), 0);
	for (unsigned n = 4; n < 64; n++) {
		char data[8];

		CU_ASSERT_EQUAL(bytes_read(image_fd, data, 8, n * 512), 0);
		CU_ASSERT_EQUAL(memcmp(data, "\0\0\0\0\0\0\0\0", 8), 0);
	}
}

static void test_apple_strings_of_full_length(void)
{
	const char *type = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
	const char *name = "abcdefghijklmnopqrstuvwxyz012345";

	CU_ASSERT_EQUAL(MAKE(5 * MiB, 512, "apple", { 0, type, name }), 0);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].hint, type);
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].name, name);
	CU_ASSERT_EQUAL(MAKE(5 * MiB, 512, "apple",
			     { 0, type, "abcdefghijklmnopqrstuvwxyz0123456" }),
			-EINVAL);
}

static void test_maps_without_partitions(void)
{
	CU_ASSERT_EQUAL(make(5 * MiB, 512, "gpt", NULL, 0), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 0);
	CU_ASSERT_EQUAL(make(5 * MiB, 512, "apple", NULL, 0), 0);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 1);
	CU_ASSERT_EQUAL(make(5 * MiB, 512, "mbr", NULL, 0), 0);
}

static void test_many_partitions(void)
{
	struct write_part parts[129];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i] = (struct write_part){ 4096, "lvm", NULL };
	CU_ASSERT_EQUAL(make(512 * MiB, 512, "gpt", parts, 128), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 128);
	CU_ASSERT_EQUAL(make(512 * MiB, 512, "gpt", parts, 129), -EINVAL);
	CU_ASSERT_EQUAL(make(512 * MiB, 512, "mbr", parts, 129), -EINVAL);
	CU_ASSERT_EQUAL(make(512 * MiB, 512, "apple", parts, 61), 0);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 62);
	CU_ASSERT_EQUAL(make(512 * MiB, 512, "apple", parts, 62), -EINVAL);
}

/* Each failure says something, with the code for it. */
static bool refused(int result, int error, enum exit_code code)
{
	return result == error && failure.code == code &&
	       failure.text[0] != '\0';
}

static void test_what_does_not_fit(void)
{
	static const char *const schemes[] = { "gpt", "mbr", "apple" };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const char *s = schemes[i];

		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s,
					    { 5 * MiB, "luks" }),
				       -ENOSPC, EXIT_FAILED));
		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s,
					    { UINT64_MAX, "luks" }),
				       -ENOSPC, EXIT_FAILED));
		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s,
					    { 2 * MiB, "luks" },
					    { UINT64_MAX - MiB, "luks" }),
				       -ENOSPC, EXIT_FAILED));
		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s, { 0, "luks" },
					    { UINT64_MAX - 1, "luks" }),
				       -ENOSPC, EXIT_FAILED));
		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s, { 0, "luks" },
					    { 5 * MiB, "luks" }),
				       -ENOSPC, EXIT_FAILED));
		CU_ASSERT_TRUE(refused(MAKE(MiB, 512, s, { 0, "luks" }),
				       -ENOSPC, EXIT_USAGE));
		CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, s, { 0, "luks" },
					    { 0, "luks" }),
				       -EINVAL, EXIT_USAGE));
	}
}

static void test_what_a_scheme_cannot_hold(void)
{
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "gpt", { 0, "lusk" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_STRING_EQUAL(failure.hint, "did you mean 'luks'?");
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "mbr", { 0, "0x05" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "mbr", { 0, "luks", "a" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "gpt", { 0, "luks",
			       "0123456789012345678901234567890123456" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "gpt",
				    { 0, "luks", "\xff" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "apple", { 0, "a\033[2J" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_PTR_NULL(strchr(failure.text, '\033'));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 512, "sun", { 0, "luks" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(5 * MiB, 513, "gpt", { 0, "luks" }),
			       -EINVAL, EXIT_USAGE));
	CU_ASSERT_TRUE(refused(MAKE(3ull << 40, 512, "mbr", { 0, "luks" }),
			       -EINVAL, EXIT_UNSUPPORTED));
	CU_ASSERT_TRUE(refused(MAKE(3ull << 40, 512, "apple", { 0, "luks" }),
			       -EINVAL, EXIT_UNSUPPORTED));
}

static void test_image_of_another_size_is_refused(void)
{
	struct write_part part = { 0, "luks", NULL };

	image_new(4 * MiB);
	failure = (struct failure){ 0 };
	CU_ASSERT_TRUE(refused(write_map(image_fd, 5 * MiB, 512, "gpt", &part,
					 1, &failure),
			       -EINVAL, EXIT_FAILED));
}

static void test_descriptor_that_cannot_write(void)
{
	static const char *const schemes[] = { "gpt", "mbr", "apple" };
	struct write_part part = { 0, "luks", NULL };
	int fd;

	image_new(5 * MiB);
	fd = open(image_path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		failure = (struct failure){ 0 };
		CU_ASSERT_TRUE(write_map(fd, 5 * MiB, 512, schemes[i], &part,
					 1, &failure) < 0);
		CU_ASSERT_NOT_EQUAL(failure.code, EXIT_OK);
	}
	close(fd);
}

CHECK_SUITE("write", CHECK(test_gpt), CHECK(test_gpt_satisfies_sgdisk),
	    CHECK(test_mbr), CHECK(test_mbr_with_logical_partitions),
	    CHECK(test_apple), CHECK(test_apple_satisfies_parted),
	    CHECK(test_apple_clears_its_map),
	    CHECK(test_apple_strings_of_full_length),
	    CHECK(test_maps_without_partitions), CHECK(test_many_partitions),
	    CHECK(test_what_does_not_fit),
	    CHECK(test_what_a_scheme_cannot_hold),
	    CHECK(test_image_of_another_size_is_refused),
	    CHECK(test_descriptor_that_cannot_write))
