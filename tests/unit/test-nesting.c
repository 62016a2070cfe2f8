/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-nesting.c - maps in partitions: where they are looked for, who comes
 * first, and that there is an end to it
 */
#include "check.h"
#include "matchbed.h"
#include "nesting.h"
#include "window.h"

/* A part of its medium that begins at @start and has @length bytes. */
#define PIECE(n, type, start, length) { .base = (start), .size = (length), \
	.number = (n), .writable = true, .hint = type, .name = "" }

static void test_guest_in_a_partition(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "apple",
		  .parts = { PIECE(2, "Apple_HFS", 65536, 262144) } },
		{ .name = "disk2", .scheme = "gpt",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk2 disk2p1 ");
	CU_ASSERT_STRING_EQUAL(medium_find(source.root, "disk2")->content,
			       "GUID_partition_scheme");
	CU_ASSERT_STRING_EQUAL(medium_find(source.root, "disk2")->hint,
			       "Apple_HFS");
	CU_ASSERT_EQUAL(bed_outcome("disk2", "gpt")->score, 40);
	CU_ASSERT_EQUAL(bed_outcome("disk2", "gpt")->score_before, 40);
	CU_ASSERT_EQUAL(bed_outcome("disk", "apple")->score, 2000);
	CU_ASSERT_EQUAL(nesting_base(medium_find(source.root, "disk2p1")),
			65536 + 4096);
	bed_clear();
}

/* Where something else is found, only the partition's type can say that there
   is a map. */
static void test_what_is_found_leaves_no_room_for_a_guest(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "mbr",
		  .parts = { PART(1, "Linux"), PART(2, "FreeBSD"),
			     PART(3, "0xDA") } },
		{ .name = "disk1", .scheme = "gpt", .type = "ext\x1b",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = "disk2", .scheme = "bsd", .type = "ufs",
		  .parts = { PIECE(1, "BSD_FFS", 0, 8192) } },
		{ .name = "disk3", .scheme = "bsd",
		  .parts = { PIECE(1, "BSD_FFS", 0, 8192) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled,
			       "disk disk1 disk2 disk2p1 disk3 ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "gpt"), "match");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1", "gpt")->why,
			       "the partition holds ext\\x1b, and its type "
			       "does not announce a map");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk3", "bsd")->why,
			       "the type of the partition does not announce "
			       "this map");
	CU_ASSERT_EQUAL(bed_outcome("disk2", "bsd")->score, 190);
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk", "minix")->why,
			       "this map is looked for in partitions of its "
			       "type");
	bed_clear();
}

static void test_each_map_is_announced_by_its_types(void)
{
	static const struct {
		const char *outer, *hint, *inner;
	} known[] = {
		{ "mbr", "FreeBSD", "bsd" }, { "mbr", "OpenBSD", "bsd" },
		{ "mbr", "NetBSD", "bsd" }, { "mbr", "0xa5", "bsd" },
		{ "gpt", "516e7cb4-6ecf-11d6-8ff8-00022d09712b", "bsd" },
		{ "gpt", "824CC7A0-36A8-11E3-890A-952519AD3F61", "bsd" },
		{ "mbr", "Linux_Swap", "solaris" },
		{ "mbr", "0xBF", "solaris" }, { "mbr", "0x63", "unixware" },
		{ "mbr", "0x81", "minix" },
		{ "apple", "GUID_partition_scheme", "gpt" },
		{ "apple", "FDisk_partition_scheme", "mbr" },
		{ "apple", "Apple_partition_scheme", "apple" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct finding inside[] = {
			{ .name = "disk", .scheme = known[i].outer,
			  .parts = { PIECE(1, "", 65536, 65536) } },
			{ .name = "disk1", .scheme = known[i].inner,
			  .type = "something",
			  .parts = { PIECE(1, "", 512, 512) } },
			{ .name = NULL },
		};

		snprintf(inside[0].parts[0].hint, 64, "%s", known[i].hint);
		bed_make();
		findings = inside;
		CU_ASSERT_EQUAL(bed_run(), 0);
		CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk1p1 ");
		bed_clear();
	}
}

/* Minix's table is an MBR's, but that its type tells where it counts from. */
static void test_announced_map_comes_before_a_guest(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "mbr",
		  .parts = { PIECE(1, "0x81", 65536, 65536) } },
		{ .name = "disk1", .scheme = "minix", .also = "mbr",
		  .parts = { PIECE(1, "Minix", 512, 512) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(medium_find(source.root, "disk1")->content,
			       "Minix_partition_scheme");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "mbr"), "score");
	bed_clear();
}

/* A filter that somebody wants on the partition comes before the map. */
static void test_filter_comes_before_a_nested_map(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(1, "Vault") } },
		{ .name = "disk1", .scheme = "gpt",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	bed_add("vault", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk1.plain ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "gpt"), "score");
	bed_clear();
}

static void test_damaged_guest_is_none(void)
{
	static const struct finding guest[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(1, "Linux") } },
		{ .name = "disk1", .scheme = "gpt", .result = -EBADMSG,
		  .why = "neither header" },
		{ .name = NULL },
	};
	static const struct finding announced[] = {
		{ .name = "disk", .scheme = "apple",
		  .parts = { PART(1, "GUID_partition_scheme") } },
		{ .name = "disk1", .scheme = "gpt", .result = -EBADMSG,
		  .why = "neither header" },
		{ .name = NULL },
	};

	bed_make();
	findings = guest;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1", "gpt")->why,
			       "neither header");
	CU_ASSERT_TRUE(medium_is_leaf(medium_find(source.root, "disk1")));
	bed_clear();

	bed_make();
	findings = announced;
	CU_ASSERT_EQUAL(bed_run(), -EBADMSG);
	bed_clear();
}

static void test_disk_labels_take_no_maps(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "bsd",
		  .parts = { PART(1, "BSD_FFS") } },
		{ .name = "disk1", .scheme = "bsd",
		  .parts = { PIECE(1, "BSD_FFS", 0, 8192) } },
		{ .name = NULL },
	};
	static const struct finding guest[] = {
		{ .name = "disk", .scheme = "bsd",
		  .parts = { PART(1, "BSD_FFS") } },
		{ .name = "disk1", .scheme = "gpt",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 ");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1", "bsd")->why,
			       "partitions of this map hold no maps");
	bed_clear();

	/* Not even one that is taken for a guest elsewhere. */
	bed_make();
	findings = guest;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 ");
	bed_clear();
}

static void test_what_is_closed_holds_no_maps(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(1, "Linux"), PART(2, "Linux") } },
		{ .name = "disk1", .scheme = "mbr", .known = "storage-spaces",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = "disk2", .scheme = "mbr", .known = "lvm",
		  .parts = { PIECE(1, "Linux", 4096, 8192) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk2 disk2p1 ");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1", "mbr")->why,
			       "what is known to be here holds no maps");
	bed_clear();
}

/* A GPT in each partition of the last. */
static const struct finding russian_doll[] = {
	{ .name = "disk", .scheme = "gpt",
	  .parts = { PIECE(1, "Linux", 4096, 524288) } },
	{ .name = "disk1", .scheme = "gpt",
	  .parts = { PIECE(1, "Linux", 4096, 262144) } },
	{ .name = "disk1p1", .scheme = "gpt",
	  .parts = { PIECE(1, "Linux", 4096, 131072) } },
	{ .name = "disk1p1p1", .scheme = "gpt",
	  .parts = { PIECE(1, "Linux", 4096, 65536) } },
	{ .name = "disk1p1p1p1", .scheme = "gpt",
	  .parts = { PIECE(1, "Linux", 4096, 32768) } },
	{ .name = NULL },
};

static void test_maps_in_each_other_come_to_an_end(void)
{
	bed_make();
	findings = russian_doll;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk1p1 disk1p1p1 "
			       "disk1p1p1p1 ");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1p1p1p1", "gpt")->why,
			       "there are too many maps in each other "
			       "already");
	CU_ASSERT_EQUAL(nesting_base(medium_find(source.root,
						 "disk1p1p1p1")), 4 * 4096);
	bed_clear();
}

/* What a filter publishes as a disk begins anew. */
static void test_filter_is_a_disk_of_its_own(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PIECE(1, "Vault", 65536, 262144) } },
		{ .name = "disk1.whole", .scheme = "sun",
		  .parts = { PIECE(1, "Sun_root", 4096, 65536) } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	bed_add("vault", "whole", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk1.whole "
			       "disk1.whole1 ");
	CU_ASSERT_EQUAL(bed_outcome("disk1.whole", "sun")->score, 1400);
	CU_ASSERT_EQUAL(nesting_base(medium_find(source.root,
						 "disk1.whole1")), 4096);
	bed_clear();

	/* One that is no disk holds no map. */
	bed_make();
	findings = inside;
	bed_add("vault", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk1.plain", "gpt")->why,
			       "maps are looked for on whole media and in "
			       "partitions");
	bed_clear();
}

static void test_many_media_hold_no_more_maps(void)
{
	struct medium *child;
	struct store *window;

	bed_make();
	for (unsigned i = 0; i < NESTING_MEDIA; i++) {
		CU_ASSERT_EQUAL_FATAL(window_new(&memory.store, 0, 512, false,
						 &window), 0);
		CU_ASSERT_EQUAL_FATAL(medium_add_partition(source.root,
			window, "gpt", &(struct scheme_part){
				.number = i + 1, .hint = "", .name = "",
				.uuid = "" }, &child), 0);
		CU_ASSERT_EQUAL(nesting_is_possible(child),
				i + 2 <= NESTING_MEDIA);
	}
	CU_ASSERT_TRUE(nesting_is_possible(source.root));
	bed_clear();
}

CHECK_SUITE("nesting", CHECK(test_guest_in_a_partition),
	    CHECK(test_what_is_found_leaves_no_room_for_a_guest),
	    CHECK(test_each_map_is_announced_by_its_types),
	    CHECK(test_announced_map_comes_before_a_guest),
	    CHECK(test_filter_comes_before_a_nested_map),
	    CHECK(test_damaged_guest_is_none),
	    CHECK(test_disk_labels_take_no_maps),
	    CHECK(test_what_is_closed_holds_no_maps),
	    CHECK(test_maps_in_each_other_come_to_an_end),
	    CHECK(test_filter_is_a_disk_of_its_own),
	    CHECK(test_many_media_hold_no_more_maps))
