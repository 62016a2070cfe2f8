/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"
#include "matchbed.h"

static void test_filter_stands_on_its_hint(void)
{
	struct medium *child;

	bed_make();
	findings = two_parts;
	bed_add("vault", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "vault"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "vault"), "running");
	child = medium_find(source.root, "disk3.plain");
	CU_ASSERT_PTR_NOT_NULL_FATAL(child);
	CU_ASSERT_EQUAL(child->class, MEDIUM_FILTERED);
	CU_ASSERT_EQUAL(child->depth, 1);
	CU_ASSERT_TRUE(child->store->medium.writable);
	CU_ASSERT_FALSE(medium_is_leaf(child->parent));
	CU_ASSERT_STRING_EQUAL(child->parent->content, "Vault");
	bed_clear();
}

static void test_first_cross_is_recorded(void)
{
	static const struct ini_place at = { "y.conf", 9, 1 };
	const struct outcome *outcome;
	struct personality *p;
	char why[64];

	bed_make();
	findings = two_parts;
	p = bed_add("v", "plain", 1, "ProviderClass", "partition");
	condition_add(&p->conditions, &p->n_conditions, "ContentHint",
		      "Other Vaulted", &at, why, sizeof(why));
	condition_add(&p->conditions, &p->n_conditions, "Writable", "no", &at,
		      why, sizeof(why));
	CU_ASSERT_EQUAL(bed_run(), 0);
	outcome = bed_outcome("disk3", "v");
	CU_ASSERT_PTR_NOT_NULL_FATAL(outcome);
	CU_ASSERT_EQUAL(outcome->step, OUTCOME_MATCH);
	CU_ASSERT_EQUAL_FATAL(outcome->n_conditions, 2);
	CU_ASSERT_TRUE(outcome->conditions[0].holds);
	CU_ASSERT_FALSE(outcome->conditions[1].holds);
	CU_ASSERT_STRING_EQUAL(outcome->conditions[1].want, "Other Vaulted");
	CU_ASSERT_STRING_EQUAL(outcome->conditions[1].have, "Vault");
	CU_ASSERT_STRING_EQUAL(outcome->conditions[1].file, "y.conf");
	CU_ASSERT_EQUAL(outcome->conditions[1].line, 9);
	bed_clear();
}

static void test_best_score_wins_the_category(void)
{
	bed_make();
	findings = two_parts;
	bed_add("worse", "plain", 10, "ContentHint", "Vault");
	bed_add("better", "other", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "better"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "worse"), "score");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk3", "worse"), "better");
	CU_ASSERT_PTR_NULL(medium_find(source.root, "disk3.plain"));
	bed_clear();
}

static void test_equal_scores_go_by_order(void)
{
	bed_make();
	findings = two_parts;
	bed_add("first", "plain", 10, "ContentHint", "Vault");
	bed_add("second", "other", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "first"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "second"), "score");
	bed_clear();
}

static void test_filter_competes_with_a_map(void)
{
	bed_make();
	findings = two_parts;
	bed_add("whole", "plain", 5000, "Whole", "yes");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "whole"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "score");
	CU_ASSERT_STRING_EQUAL(settled, "disk disk.plain ");
	CU_ASSERT_STRING_EQUAL(source.root->content, "plain");
	bed_clear();
}

static void test_probe_changes_the_score(void)
{
	static const struct opinion raised[] = {
		{ "probing", .score = 15 }, { NULL },
	};
	static const struct opinion lowered[] = {
		{ "probing", .score = -1000 }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = raised;
	bed_add("plain", "plain", 20, "ContentHint", "Vault");
	bed_add("probing", "probing", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "probing"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "plain"), "score");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "probing")->score_before, 10);
	CU_ASSERT_EQUAL(bed_outcome("disk3", "probing")->score, 25);
	bed_clear();

	bed_make();
	findings = two_parts;
	opinions = lowered;
	bed_add("probing", "probing", 30, "ContentHint", "Vault");
	bed_add("plain", "plain", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "plain"), "running");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "probing")->score, -970);
	bed_clear();
}

static void test_probe_says_not_mine(void)
{
	static const struct opinion not_mine[] = {
		{ "probing", .probe = -ENODEV }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = not_mine;
	bed_add("probing", "probing", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "probing"), "probe");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk3", "probing")->why,
			       "no \\x1b header");
	CU_ASSERT_TRUE(medium_is_leaf(medium_find(source.root, "disk3")));
	bed_clear();
}

static void test_next_one_when_start_fails(void)
{
	bed_make();
	findings = two_parts;
	bed_add("bad", "failing", 30, "ContentHint", "Vault");
	bed_add("good", "plain", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "bad"), "start");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "bad")->error, -EIO);
	CU_ASSERT_STRING_NOT_EQUAL(bed_outcome("disk3", "bad")->why, "");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "good"), "running");
	CU_ASSERT_EQUAL(medium_find(source.root, "disk3")->error, 0);
	bed_clear();
}

static void test_error_when_all_starts_fail(void)
{
	bed_make();
	findings = two_parts;
	bed_add("bad", "failing", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -EIO);
	CU_ASSERT_STRING_NOT_EQUAL(failure.text, "");
	CU_ASSERT_EQUAL(medium_find(source.root, "disk3")->error, -EIO);
	CU_ASSERT_TRUE(medium_is_leaf(medium_find(source.root, "disk3")));
	bed_clear();
}

static void test_wrong_key_ends_the_category(void)
{
	bed_make();
	findings = twice_vault;
	opinions = wrong_key;
	bed_add("locked", "secret", 30, "ContentHint", "Vault");
	bed_add("other", "plain", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -ENOKEY);
	CU_ASSERT_EQUAL(failure.code, EXIT_KEY);
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "locked"), "unlock");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "other"), "score");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk1", "other"), "locked");
	CU_ASSERT_EQUAL(medium_find(source.root, "disk1")->error, -ENOKEY);
	/* Nobody is asked for what will not be published anyway. */
	CU_ASSERT_STRING_EQUAL(asked, "secret@disk1 ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk2", "locked"), "none");
	bed_clear();
}

static void test_nobody_is_asked_twice(void)
{
	static const struct opinion broken[] = {
		{ "secret", .prepare = -EBADMSG }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = broken;
	bed_add("by-type", "secret", 30, "ContentHint", "Vault");
	bed_add("by-class", "secret", 20, "PartitionID", "3");
	CU_ASSERT_EQUAL(bed_run(), -EBADMSG);
	CU_ASSERT_EQUAL(failure.code, EXIT_CORRUPT);
	CU_ASSERT_STRING_EQUAL(asked, "secret@disk3 ");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "by-class"), "start");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "by-class")->error, -EBADMSG);
	bed_clear();
}

static void test_looking_asks_nobody(void)
{
	bed_make();
	findings = two_parts;
	matcher.start = false;
	bed_add("locked", "secret", 30, "ContentHint", "Vault");
	bed_add("worse", "plain", 20, "ContentHint", "Vault");
	bed_add("open", "plain", 30, "ContentHint", "Linux");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "locked"), "would-start");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "worse"), "score");
	CU_ASSERT_STRING_EQUAL(bed_step("disk1", "open"), "running");
	CU_ASSERT_STRING_EQUAL(asked, "");
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	bed_clear();
}

static void test_missing_module(void)
{
	bed_make();
	findings = two_parts;
	bed_add("lost", "plian", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -ENOENT);
	CU_ASSERT_EQUAL(failure.code, EXIT_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "lost"), "module");
	bed_clear();

	bed_make();
	findings = two_parts;
	bed_add("lost", "plian", 30, "ContentHint", "Vault");
	bed_add("found", "plain", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "found"), "running");
	bed_clear();
}

static void test_second_category_cannot_write(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	bed_add("first", "plain", 30, "ContentHint", "Vault");
	p = bed_add("second", "other", 20, "ContentHint", "Vault");
	strcpy(p->category, "beside");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "first"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "second"), "running");
	CU_ASSERT_EQUAL(bed_writable("disk3.plain"), 1);
	CU_ASSERT_EQUAL(bed_writable("disk3.other"), 0);
	bed_clear();
}

static void test_map_below_another_category_cannot_write(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("beside", "plain", 9000, "Whole", "yes");
	strcpy(p->category, "beside");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "running");
	CU_ASSERT_EQUAL(bed_writable("disk3"), 0);
	bed_clear();
}

static void test_read_only_policy(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("careful", "plain", 30, "ContentHint", "Vault");
	p->read_only = true;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(bed_writable("disk3.plain"), 0);
	bed_clear();
}

static void test_holder_keeps_its_category(void)
{
	bed_make();
	findings = two_parts;
	bed_add("holder", "plain", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	bed_add("later", "other", 99, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "holder"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "later"), "category");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk3", "later"), "holder");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "later")->n_conditions, 0);
	CU_ASSERT_PTR_NULL(medium_find(source.root, "disk3.other"));
	CU_ASSERT_PTR_NULL(medium_find(source.root, "disk1~2"));
	bed_clear();
}

static void test_damaged_map_is_an_error(void)
{
	static const struct finding damaged[] = {
		{ .name = "disk", .scheme = "gpt", .result = -EBADMSG,
		  .why = "both headers are bad" }, { .name = NULL },
	};

	bed_make();
	findings = damaged;
	CU_ASSERT_EQUAL(bed_run(), -EBADMSG);
	CU_ASSERT_EQUAL(failure.code, EXIT_CORRUPT);
	CU_ASSERT_STRING_EQUAL(failure.text, "the map of 'disk' cannot be "
			       "used: both headers are bad");
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.hint, "--filter passthrough"));
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "probe");
	bed_clear();

	/* Not where something else knows the medium. */
	bed_make();
	findings = damaged;
	bed_add("knows", "plain", 10, "Whole", "yes");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "knows"), "running");
	bed_clear();
}

static void test_signature_is_the_mediums(void)
{
	static const struct finding luks[] = {
		{ .name = "disk", .type = "crypto_LUKS" }, { .name = NULL },
	};

	bed_make();
	findings = luks;
	bed_add("luks", "plain", 10, "Signature", "crypto_LUKS");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "luks"), "running");
	CU_ASSERT_STRING_EQUAL(source.root->content, "crypto_LUKS");
	bed_clear();
}

CHECK_SUITE("pass", CHECK(test_filter_stands_on_its_hint),
	    CHECK(test_first_cross_is_recorded),
	    CHECK(test_best_score_wins_the_category),
	    CHECK(test_equal_scores_go_by_order),
	    CHECK(test_filter_competes_with_a_map),
	    CHECK(test_probe_changes_the_score),
	    CHECK(test_probe_says_not_mine),
	    CHECK(test_next_one_when_start_fails),
	    CHECK(test_error_when_all_starts_fail),
	    CHECK(test_wrong_key_ends_the_category),
	    CHECK(test_nobody_is_asked_twice), CHECK(test_looking_asks_nobody),
	    CHECK(test_missing_module),
	    CHECK(test_second_category_cannot_write),
	    CHECK(test_map_below_another_category_cannot_write),
	    CHECK(test_read_only_policy),
	    CHECK(test_holder_keeps_its_category),
	    CHECK(test_damaged_map_is_an_error),
	    CHECK(test_signature_is_the_mediums))
