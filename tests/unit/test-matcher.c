/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <limits.h>

#include "check.h"
#include "matchbed.h"

static void test_map_gives_partitions(void)
{
	struct medium *part;

	bed_make();
	findings = two_parts;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk3 ");
	CU_ASSERT_STRING_EQUAL(source.root->content, "GUID_partition_scheme");
	CU_ASSERT_STRING_EQUAL(source.root->hint, "");
	CU_ASSERT_TRUE(source.root->matched);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "apple"), "probe");
	part = medium_find(source.root, "disk3");
	CU_ASSERT_PTR_NOT_NULL_FATAL(part);
	CU_ASSERT_STRING_EQUAL(part->hint, "Vault");
	CU_ASSERT_STRING_EQUAL(part->scheme, "gpt");
	CU_ASSERT_EQUAL(part->base, 3 * 65536);
	CU_ASSERT_TRUE(part->store->medium.writable);
	CU_ASSERT_TRUE(medium_is_leaf(part));
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "gpt"), "probe");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "bsd"), "match");
	bed_clear();
}

static void test_stacks_build_themselves(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("low", "plain", 1000, "ContentHint", "Vault");
	settings_set(&p->settings, "hint", "Inner");
	p = bed_add("high", "other", 1000, "ContentHint", "Inner");
	settings_set(&p->settings, "hint", "Data");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk3 disk3.plain "
			       "disk3.plain.other ");
	CU_ASSERT_EQUAL(matcher_stop(source.root), 0);
	CU_ASSERT_STRING_EQUAL(stopped, "Inner Vault ");
	CU_ASSERT(memory.flushes > 0);
	bed_clear();
}

/* A flush that is lost is told once: to the volume on top, here. */
static void test_stop_tells_the_first_error(void)
{
	bed_make();
	findings = two_parts;
	bed_add("low", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	memory.flush_error = -ENOSPC;
	CU_ASSERT_EQUAL(matcher_stop(source.root), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(stopped, "Vault ");
	CU_ASSERT_EQUAL(matcher_stop(source.root), 0);
	bed_clear();
}

static void test_stop_flushes_the_disk(void)
{
	bed_make();
	findings = two_parts;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(matcher_stop(source.root), 0);
	CU_ASSERT_EQUAL(memory.flushes, 1);
	memory.flush_error = -EIO;
	CU_ASSERT_EQUAL(matcher_stop(source.root), -EIO);
	memory.store.medium.writable = false;
	CU_ASSERT_EQUAL(matcher_stop(source.root), 0);
	CU_ASSERT_EQUAL(memory.flushes, 2);
	bed_clear();
}

static void test_maps_inside_a_filter(void)
{
	static const struct finding inside[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(2, "Vault") } },
		{ .name = "disk2.whole", .scheme = "mbr",
		  .parts = { { .base = 4096, .size = 4096, .number = 1,
			       .hint = "Linux" } } },
		{ .name = NULL },
	};

	bed_make();
	findings = inside;
	bed_add("vault", "whole", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk2 disk2.whole "
			       "disk2.whole1 ");
	CU_ASSERT_STRING_EQUAL(medium_find(source.root, "disk2.whole")
			       ->content, "FDisk_partition_scheme");
	bed_clear();
}

static void test_keep_going(void)
{
	bed_make();
	findings = twice_vault;
	opinions = wrong_key;
	matcher.keep_going = true;
	bed_add("locked", "secret", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(failure.code, EXIT_OK);
	CU_ASSERT_STRING_EQUAL(asked, "secret@disk1 secret@disk2 ");
	CU_ASSERT_EQUAL(medium_find(source.root, "disk2")->error, -ENOKEY);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk2 ");
	bed_clear();
}

static void test_cancel_ends_it_all(void)
{
	static const struct opinion cancelled[] = {
		{ "secret", .prepare = -ECANCELED }, { NULL },
	};

	bed_make();
	findings = twice_vault;
	opinions = cancelled;
	matcher.keep_going = true;
	bed_add("locked", "secret", 30, "ContentHint", "Vault");
	bed_add("other", "plain", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -ECANCELED);
	CU_ASSERT_EQUAL(failure.code, EXIT_INTERRUPTED);
	CU_ASSERT_STRING_EQUAL(asked, "secret@disk1 ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "other"), "none");
	bed_clear();
}

static int deepest(void *arg, struct medium *medium)
{
	unsigned *depth = arg;

	*depth = MAX(*depth, medium->depth);
	return 0;
}

static void test_own_hint_ends_at_the_depth(void)
{
	unsigned depth = 0;

	bed_make();
	findings = two_parts;
	bed_add("self", "plain", 30, "ContentHint", "Vault");
	settings_set((struct settings *)&catalogue_at(matcher.catalogue,
			catalogue_count(matcher.catalogue) - 1)->settings,
		     "hint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	medium_each(source.root, deepest, &depth);
	CU_ASSERT_EQUAL(depth, MATCHER_DEPTH);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3.plain.plain.plain.plain.plain."
					"plain.plain.plain", "self"), "depth");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3.plain.plain.plain.plain.plain."
					"plain.plain", "self"), "running");
	bed_clear();
}

static void test_only_one_partition(void)
{
	bed_make();
	findings = twice_vault;
	matcher.only = 2;
	bed_add("vault", "plain", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk2 disk2.plain ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "vault"), "none");
	CU_ASSERT_STRING_EQUAL(bed_step("disk2", "vault"), "running");
	bed_clear();
}

static void test_partition_that_is_not_there(void)
{
	bed_make();
	findings = two_parts;
	matcher.only = 2;
	CU_ASSERT_EQUAL(bed_run(), -ENOENT);
	CU_ASSERT_EQUAL(failure.code, EXIT_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(failure.hint, "it has 1 and 3");
	bed_clear();

	/* And nobody is asked for a key on the way there. */
	bed_make();
	matcher.only = 2;
	bed_add("locked", "secret", 10, "Whole", "yes");
	CU_ASSERT_EQUAL(bed_run(), -ENOENT);
	CU_ASSERT_STRING_NOT_EQUAL(failure.hint, "");
	CU_ASSERT_STRING_EQUAL(asked, "");
	bed_clear();
}

static void test_request_stands_where_it_was_named(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("--filter", "plain", INT_MAX, NULL, NULL);
	p->requested = true;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk.plain ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk.plain", "--filter"), "match");
	bed_clear();

	bed_make();
	findings = two_parts;
	matcher.only = 3;
	p = bed_add("--filter", "plain", INT_MAX, NULL, NULL);
	p->requested = true;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk3 disk3.plain ");
	bed_clear();
}

static void test_failed_request_is_not_replaced(void)
{
	static const struct opinion not_mine[] = {
		{ "probing", .probe = -ENODEV }, { NULL },
	};
	static const char *const modules[] = { "failing", "probing", "none" };
	static const int errors[] = { -EIO, -ENODEV, -ENOENT };

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		struct personality *p;

		bed_make();
		findings = two_parts;
		opinions = not_mine;
		p = bed_add("--filter", modules[i], INT_MAX, NULL, NULL);
		p->requested = true;
		CU_ASSERT_EQUAL(bed_run(), errors[i]);
		CU_ASSERT_STRING_NOT_EQUAL(failure.text, "");
		CU_ASSERT_STRING_NOT_EQUAL(bed_step("disk", "gpt"),
					   "running");
		CU_ASSERT_PTR_NULL(source.root->children);
		bed_clear();
	}
}

static void test_warning_of_a_map_is_said(void)
{
	static const struct finding backup[] = {
		{ .name = "disk", .scheme = "gpt",
		  .why = "read from its backup",
		  .parts = { { .base = 65536, .size = 65536, .number = 1,
			       .hint = "Linux" } } },
		{ .name = NULL },
	};

	bed_make();
	findings = backup;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "running");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk", "gpt")->why,
			       "read from its backup");
	CU_ASSERT_STRING_EQUAL(said, "disk: 1: read from its backup\n");
	CU_ASSERT_FALSE(medium_find(source.root, "disk1")
			->store->medium.writable);
	bed_clear();
}

static void test_part_outside_is_left_out(void)
{
	static const struct finding outside[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(1, "Linux"), PART(16, "Linux") } },
		{ .name = NULL },
	};

	bed_make();
	findings = outside;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 ");
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "partition 16 is left out"));
	bed_clear();
}

static void test_what_cannot_be_examined(void)
{
	static const struct finding beyond[] = {
		{ .name = "disk", .scheme = "gpt",
		  .parts = { PART(1, "Linux"), PART(2, "Linux") } },
		{ .name = "disk1", .result = -ETIMEDOUT },
		{ .name = NULL },
	};

	bed_make();
	findings = beyond;
	CU_ASSERT_EQUAL(bed_run(), -ETIMEDOUT);
	CU_ASSERT_STRING_EQUAL(failure.text, "'disk1' is beyond us");
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 ");
	bed_clear();

	bed_make();
	findings = beyond;
	matcher.keep_going = true;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(settled, "disk disk1 disk2 ");
	bed_clear();
}

CHECK_SUITE("matcher", CHECK(test_map_gives_partitions),
	    CHECK(test_stacks_build_themselves),
	    CHECK(test_stop_tells_the_first_error),
	    CHECK(test_stop_flushes_the_disk),
	    CHECK(test_maps_inside_a_filter), CHECK(test_keep_going),
	    CHECK(test_cancel_ends_it_all),
	    CHECK(test_own_hint_ends_at_the_depth),
	    CHECK(test_only_one_partition),
	    CHECK(test_partition_that_is_not_there),
	    CHECK(test_request_stands_where_it_was_named),
	    CHECK(test_failed_request_is_not_replaced),
	    CHECK(test_warning_of_a_map_is_said),
	    CHECK(test_part_outside_is_left_out),
	    CHECK(test_what_cannot_be_examined))
