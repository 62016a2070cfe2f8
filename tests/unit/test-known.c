/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-known.c - what is known by its bytes or its hint, and that no bytes
 * lead the parsers astray
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "check.h"
#include "known.h"
#include "known-samples.h"
#include "util.h"

#define LDM_METADATA "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3"
#define LDM_DATA "AF9B60A0-1431-4F62-BC68-3311714A69AD"
#define SPACES "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D"
#define ZFS_MIN (64u << 20)	/* libblkid takes no smaller member */

static unsigned char data[SAMPLE_LEN];
static unsigned reads;		/* since the last recognition began */
static uint64_t fails_at = UINT64_MAX;

static int read_data(void *arg, void *buf, size_t len, uint64_t off)
{
	const struct known_medium *medium = arg;

	reads++;
	CU_ASSERT_EQUAL(off % medium->granule, 0);
	CU_ASSERT_EQUAL(len % medium->granule, 0);
	CU_ASSERT_TRUE(range_inside(off, len, medium->size));
	/* More than the largest block of APFS is nobody's. */
	CU_ASSERT_TRUE(len <= 65536 + medium->granule);
	if (len > 65536 + medium->granule)
		return -EIO;
	if (range_inside(fails_at, 1, off + len) && fails_at >= off)
		return -EIO;
	memset(buf, 0, len);
	if (off < sizeof(data))
		memcpy(buf, data + off, MIN(len, sizeof(data) - off));
	return 0;
}

/* As a medium of @size and @hint with @type found on it. */
static const char *recognise_as(uint64_t size, uint32_t granule,
				const char *hint, const char *type)
{
	struct partmap_signature signature = { 0 };
	struct known_medium medium = {
		.read = read_data, .size = size, .granule = granule,
		.hint = hint,
	};

	medium.arg = &medium;
	reads = 0;
	snprintf(signature.type, sizeof(signature.type), "%s", type);
	return known_recognise(&medium, &signature);
}

static const char *recognise(const char *type)
{
	return recognise_as(SAMPLE_LEN, 512, "", type);
}

static void make(const char *name)
{
	const struct sample *const lists[] = { samples_linux, samples_windows,
					       samples_apple };

	memset(data, 0, sizeof(data));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (const struct sample *s = lists[i]; s->name; s++) {
			if (!streq(s->name, name))
				continue;
			s->make(data);
			return;
		}
	}
	CU_FAIL_FATAL("there is no such sample");
}

/* The type that libblkid finds on the sample. */
static void find_type(uint64_t size, char type[32])
{
	struct partmap_signature signature;
	int fd = memfd_create("sample", MFD_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(bytes_write(fd, data, sizeof(data), 0), 0);
	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, (off_t)size), 0);
	CU_ASSERT_EQUAL_FATAL(partmap_signature(fd, size, 512, &signature),
			      0);
	(void)close(fd);
	strcpy(type, signature.type);
}

static const struct {
	const char *sample, *id;
} expected[] = {
	{ "lvm", "lvm" },
	{ "md", "md" },
	{ "md-end", "md" },
	{ "zfs", "zfs" },
	{ "integrity", "integrity" },
	{ "bitlocker", "bitlocker" },
	{ "bitlocker-recovery", "bitlocker-recovery" },
	{ "bitlocker-tpm", "bitlocker-tpm" },
	{ "bitlocker-tpm-startup", "bitlocker-tpm" },
	{ "bitlocker-startup-key", "bitlocker-startup-key" },
	{ "bitlocker-certificate", "bitlocker-certificate" },
	{ "bitlocker-suspended", "bitlocker-suspended" },
	{ "bitlocker-converting", "bitlocker-converting" },
	{ "bitlocker-on-write", "bitlocker-converting" },
	{ "ldm", "ldm" },
	{ "ldm-bare", "ldm" },
	{ "storage-spaces", "storage-spaces" },
	{ "apfs", "" },
	{ "apfs-filevault", "apfs-filevault" },
	{ "apfs-filevault-newer", "apfs-filevault" },
	{ "apfs-filevault-deep", "apfs-filevault" },
	{ "core-storage", "core-storage" },
};

static void test_each_format_is_recognised(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		bool zfs = streq(expected[i].id, "zfs");
		uint64_t size = zfs ? ZFS_MIN : SAMPLE_LEN;
		char type[32];

		make(expected[i].sample);
		find_type(size, type);
		CU_ASSERT_STRING_EQUAL(recognise_as(size, 512, "", type),
				       expected[i].id);
		CU_ASSERT_STRING_EQUAL(recognise_as(size, 4096, "", type),
				       expected[i].id);
	}
}

static void test_other_things_are_not_known(void)
{
	memset(data, 0, sizeof(data));
	CU_ASSERT_STRING_EQUAL(recognise(""), "");
	CU_ASSERT_STRING_EQUAL(recognise("ext4"), "");
	CU_ASSERT_STRING_EQUAL(recognise("crypto_LUKS"), "");
	CU_ASSERT_STRING_EQUAL(recognise_as(SAMPLE_LEN, 512, "Linux_LVM", ""),
			       "");
	/* A magic says nothing on what is something else. */
	make("storage-spaces");
	CU_ASSERT_STRING_EQUAL(recognise("ext4"), "");
	/* Core Storage has two of them. */
	make("core-storage");
	data[8] = 2;
	CU_ASSERT_STRING_EQUAL(recognise(""), "");
	make("core-storage");
	data[88] = 'c';
	CU_ASSERT_STRING_EQUAL(recognise(""), "");
	/* One without a magic is known by its type alone. */
	make("apfs-filevault");
	CU_ASSERT_STRING_EQUAL(recognise(""), "");
}

static void test_a_hint_is_enough_where_windows_tells_by_it(void)
{
	memset(data, 0, sizeof(data));
	CU_ASSERT_STRING_EQUAL(recognise_as(4096, 512, LDM_METADATA, ""),
			       "ldm");
	/* A volume that begins on this disk may be on others too. */
	CU_ASSERT_STRING_EQUAL(recognise_as(4096, 512, LDM_DATA, "ntfs"),
			       "ldm");
	CU_ASSERT_STRING_EQUAL(recognise_as(4096, 512, "Windows_LDM", "ntfs"),
			       "ldm");
	CU_ASSERT_STRING_EQUAL(recognise_as(4096, 512, "Windows_LDM", "swap"),
			       "");
	CU_ASSERT_STRING_EQUAL(recognise_as(4096, 512, SPACES, ""),
			       "storage-spaces");
}

static void test_of_two_types_none_is_chosen(void)
{
	struct partmap_signature signature = {
		.type = "LVM2_member", .ambiguous = "ext4",
	};
	struct known_medium medium = {
		.read = read_data, .size = SAMPLE_LEN, .granule = 512,
		.hint = "",
	};

	medium.arg = &medium;
	CU_ASSERT_STRING_EQUAL(known_recognise(&medium, &signature), "");
	signature.ambiguous[0] = '\0';
	CU_ASSERT_STRING_EQUAL(known_recognise(&medium, &signature), "lvm");
}

static void test_the_table_is_whole(void)
{
	for (const struct known *known = known_table; known->id; known++) {
		const char *place = strstr(known->step, "{}");

		CU_ASSERT_TRUE(strlen(known->id) <
			       sizeof(((struct partmap_signature *)0)->known));
		CU_ASSERT_PTR_EQUAL(known_find(known->id), known);
		CU_ASSERT_TRUE(strlen(known->name) > 0);
		CU_ASSERT_TRUE(strlen(known->step) > 0);
		CU_ASSERT_TRUE(!place || !strstr(place + 2, "{}"));
	}
	CU_ASSERT_PTR_NULL(known_find(""));
	CU_ASSERT_PTR_NULL(known_find("ntfs"));
}

static void test_bitlocker_any_copy_will_do(void)
{
	make("bitlocker-tpm");
	data[BITLOCKER_COPY(0)] ^= 1;
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-tpm");
	put_le64(data + 176 + 8, UINT64_MAX - 20);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-tpm");
	fails_at = BITLOCKER_COPY(2) + 512;
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-tpm");
	fails_at = BITLOCKER_COPY(2);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	fails_at = 0;
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	fails_at = UINT64_MAX;
}

/* In all copies. */
static void put_in_copies(unsigned at, uint32_t n)
{
	for (unsigned i = 0; i < 3; i++)
		put_le32(data + BITLOCKER_COPY(i) + at, n);
}

static void test_bitlocker_lengths_are_bounded(void)
{
	static const uint32_t lengths[] = { 65473, 0, 1, 47, 65536,
					    UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		make("bitlocker");
		put_in_copies(64, lengths[i]);
		CU_ASSERT_STRING_EQUAL(recognise("BitLocker"),
				       "bitlocker-damaged");
		/* Where the medium would have as much as that. */
		CU_ASSERT_STRING_EQUAL(recognise_as(16ull << 30, 512, "",
						    "BitLocker"),
				       "bitlocker-damaged");
	}
	make("bitlocker");
	put_in_copies(64, 65472);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker");
	/* Entries of no length, or longer than what is left, end the list. */
	make("bitlocker");
	put_in_copies(112, 0);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	make("bitlocker");
	put_in_copies(112 + 24, 0xffff);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	/* One that is cut by a byte does not count. */
	make("bitlocker-tpm-startup");
	put_in_copies(64, 48 + 24 + 80);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-tpm");
	put_in_copies(64, 48 + 24 + 79);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	/* An entry of a key that ends before its protection. */
	make("bitlocker-tpm");
	put_in_copies(112 + 24, 2 << 16 | 35);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
}

static void test_bitlocker_that_will_be_changed_is_told(void)
{
	make("bitlocker-tpm");
	put_in_copies(12, 4 | 5 << 16);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"),
			       "bitlocker-converting");
}

static void test_bitlocker_of_vista_has_no_details(void)
{
	make("bitlocker-tpm");
	data[1] = 0x52;
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker");
}

static void test_bitlocker_to_go_has_its_metadata_elsewhere(void)
{
	make("bitlocker-tpm");
	memmove(data + 424, data + 160, 40);
	memset(data + 160, 0, 40);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-damaged");
	memcpy(data + 3, "MSWIN4.1", 8);
	CU_ASSERT_STRING_EQUAL(recognise("BitLocker"), "bitlocker-tpm");
}

static void test_truncated_at_every_sector(void)
{
	static const char *const names[] = { "bitlocker-tpm",
					     "apfs-filevault-deep" };
	static const char *const types[] = { "BitLocker", "apfs" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		make(names[i]);
		for (uint64_t size = 512; size <= SAMPLE_LEN / 4; size += 512) {
			const char *id = recognise_as(size, 512, "", types[i]);

			CU_ASSERT_TRUE(streq(id, "") || known_find(id));
		}
		CU_ASSERT_STRING_EQUAL(recognise(types[i]), names[i][0] == 'a' ?
				       "apfs-filevault" : names[i]);
	}
}

/* Blocks of a sample's structures. */
static const unsigned apfs_blocks[] = { 0, 2, 10, 11, 12, 20 };

static unsigned char *apfs_block(unsigned number)
{
	return data + number * APFS_BLOCK;
}

static void test_apfs_checksums_count(void)
{
	make("apfs-filevault");
	for (size_t i = 2; i < ARRAY_SIZE(apfs_blocks); i++) {
		if (apfs_blocks[i] == 12)
			continue;
		apfs_block(apfs_blocks[i])[4000] ^= 1;
		CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
		apfs_block(apfs_blocks[i])[4000] ^= 1;
	}
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "apfs-filevault");
	/* A newer superblock that is broken is none. */
	make("apfs-filevault-newer");
	apfs_block(2)[4000] ^= 1;
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
}

static void test_apfs_only_the_right_object_counts(void)
{
	make("apfs-filevault");
	put_le64(apfs_block(11) + 120, 1025);	/* another one, in a leaf */
	apfs_seal(apfs_block(11));
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
	make("apfs-filevault-deep");
	put_le64(apfs_block(11) + 120, 1027);	/* all is behind it */
	apfs_seal(apfs_block(11));
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
	make("apfs-filevault");
	apfs_block(20)[32] = 'X';
	apfs_seal(apfs_block(20));
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
}

/* The key of the only entry lies at @at of a leaf, its value before. */
static void put_key_at(unsigned at)
{
	unsigned char *leaf = apfs_block(12);

	make("apfs-filevault-deep");
	put_le16(leaf + 56, (uint16_t)(at - 120));
	put_le16(leaf + 58, 64);
	put_le64(leaf + at, 1026);
	put_le64(leaf + APFS_BLOCK - 64 + 8, 20);
	apfs_seal(leaf);
}

static void test_apfs_keys_lie_in_their_node(void)
{
	put_key_at(APFS_BLOCK - 16);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "apfs-filevault");
	put_key_at(APFS_BLOCK - 15);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
}

/* A root that is full of entries: the one numbered @match, no other, is the
   volume's.  All but that one point to the bytes of two of them, as a key that
   is not behind it; the value is in the node's header. */
static void put_full_root(unsigned match)
{
	unsigned char *node = apfs_block(11), *table = node + 56;
	const uint16_t less = 400, same = 600;	/* keys, behind the table */
	uint64_t volume;

	make("apfs-filevault");
	memset(node + 32, 0, APFS_BLOCK - 32);
	put_le16(node + 32, 1);
	put_le32(node + 36, match + 1);
	for (unsigned i = 0; i <= match; i++) {
		put_le16(table + 4 * i, i < match ? less : same);
		put_le16(table + 4 * i + 2, 16);
	}
	put_le16(table + same + 4 + 2, 17);
	put_le16(table + 4 * match + 2, APFS_BLOCK - 40 - 8);
	put_le64(node + 16, 20);	/* the volume's block */
	apfs_seal(node);
	volume = get_le64(table + same);
	CU_ASSERT_TRUE(get_le64(table + less) < volume);
	put_le64(apfs_block(0) + 184, volume);
	apfs_seal(apfs_block(0));
}

static void test_apfs_entries_lie_in_their_node(void)
{
	const unsigned fit = (APFS_BLOCK - 40 - 56) / 4;

	put_full_root(fit - 1);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "apfs-filevault");
	put_full_root(fit);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
}

static void test_apfs_what_turns_in_a_circle_ends(void)
{
	make("apfs-filevault-deep");
	put_le64(apfs_block(11) + APFS_BLOCK - 48, 11);
	apfs_seal(apfs_block(11));
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
	CU_ASSERT_TRUE(reads < 32);
}

static void test_apfs_counts_are_bounded(void)
{
	make("apfs-filevault");
	put_le32(apfs_block(0) + 104, UINT32_MAX);	/* checkpoints */
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "apfs-filevault");
	CU_ASSERT_TRUE(reads < 32);
	put_le32(apfs_block(0) + 104, 1024);
	put_le64(apfs_block(0) + 112, UINT64_MAX - 512);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "apfs-filevault");
	make("apfs-filevault");
	put_le32(apfs_block(11) + 36, UINT32_MAX);	/* keys */
	put_le16(apfs_block(11) + 42, 0xffff);		/* their table */
	apfs_seal(apfs_block(11));
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
}

/* Nothing is read in blocks of a size that APFS does not have. */
static void test_apfs_block_sizes_are_bounded(void)
{
	static const uint32_t wrong[] = { 2048, 131072, 0, 4095, 1u << 31,
					  UINT32_MAX };

	make("apfs-filevault");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		put_le32(apfs_block(0) + 36, wrong[i]);
		CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
		CU_ASSERT_EQUAL(reads, 1);
	}
	put_le32(apfs_block(0) + 36, 65536);
	CU_ASSERT_STRING_EQUAL(recognise("apfs"), "");
	CU_ASSERT_TRUE(reads > 1);
}

/* A step of a simple generator: the run is the same each time. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Changes byte after byte of the structures in @data, some together. */
static void change_bytes(const char *name, const char *type)
{
	bool apfs = streq(type, "apfs");
	uint32_t state = 1;

	for (unsigned i = 0; i < 10000; i++) {
		unsigned char *at = data + BITLOCKER_COPY(0);
		const char *id;

		if (i % 20 == 0)
			make(name);
		if (apfs)
			at = apfs_block(apfs_blocks[next_random(&state) % 6]);
		at[next_random(&state) % 400] =
			(unsigned char)next_random(&state);
		if (apfs)
			apfs_seal(at);
		id = recognise(type);
		CU_ASSERT_TRUE(streq(id, "") || known_find(id));
		CU_ASSERT_TRUE(reads < 2000);
	}
}

static void test_changed_bytes_do_no_harm(void)
{
	change_bytes("bitlocker", "BitLocker");
	change_bytes("apfs-filevault-deep", "apfs");
}

CHECK_SUITE("known",
	    CHECK(test_each_format_is_recognised),
	    CHECK(test_other_things_are_not_known),
	    CHECK(test_a_hint_is_enough_where_windows_tells_by_it),
	    CHECK(test_of_two_types_none_is_chosen),
	    CHECK(test_the_table_is_whole),
	    CHECK(test_bitlocker_any_copy_will_do),
	    CHECK(test_bitlocker_lengths_are_bounded),
	    CHECK(test_bitlocker_that_will_be_changed_is_told),
	    CHECK(test_bitlocker_of_vista_has_no_details),
	    CHECK(test_bitlocker_to_go_has_its_metadata_elsewhere),
	    CHECK(test_truncated_at_every_sector),
	    CHECK(test_apfs_checksums_count),
	    CHECK(test_apfs_only_the_right_object_counts),
	    CHECK(test_apfs_keys_lie_in_their_node),
	    CHECK(test_apfs_entries_lie_in_their_node),
	    CHECK(test_apfs_what_turns_in_a_circle_ends),
	    CHECK(test_apfs_counts_are_bounded),
	    CHECK(test_apfs_block_sizes_are_bounded),
	    CHECK(test_changed_bytes_do_no_harm))
