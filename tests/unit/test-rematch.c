/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-rematch.c - which media are matched once more, and what stays
 */
#include "check.h"
#include "matchbed.h"
#include "rematch.h"
#include "resources.h"

/* Another catalogue with the same in it takes the place of the old one. */
static void renew_catalogue(void)
{
	struct catalogue *old = matcher.catalogue;

	matcher.catalogue = catalogue_copy(old);
	CU_ASSERT_PTR_NOT_NULL_FATAL(matcher.catalogue);
	catalogue_unref(old);
}

static bool is_due(const char *medium, bool all)
{
	struct medium *m = medium_find(source.root, medium);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	return rematch_is_due(&matcher, m, all);
}

static int again(const char *medium)
{
	failure = (struct failure){ 0 };
	return matcher_again(&matcher, &source,
			     medium_find(source.root, medium), &failure);
}

static void test_nothing_new_is_not_due(void)
{
	bed_make();
	findings = two_parts;
	bed_add("vault", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_FALSE(is_due("disk", false));
	CU_ASSERT_FALSE(is_due("disk3", false));
	renew_catalogue();
	CU_ASSERT_FALSE(is_due("disk", false));
	CU_ASSERT_FALSE(is_due("disk1", false));
	CU_ASSERT_FALSE(is_due("disk3", false));
	bed_clear();
}

static void test_a_new_personality_is_tried_where_it_matches(void)
{
	bed_make();
	findings = two_parts;
	CU_ASSERT_EQUAL(bed_run(), 0);
	renew_catalogue();
	bed_add("vault", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_FALSE(is_due("disk", false));
	CU_ASSERT_FALSE(is_due("disk1", false));
	CU_ASSERT_TRUE(is_due("disk3", false));
	CU_ASSERT_EQUAL(again("disk3"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "vault"), "running");
	CU_ASSERT_PTR_NOT_NULL(medium_find(source.root, "disk3.plain"));
	CU_ASSERT_FALSE(is_due("disk3", false));
	CU_ASSERT_FALSE(is_due("disk3.plain", false));
	bed_clear();
}

/* Whatever its score: I/O Kit's rule. */
static void test_who_stands_stays(void)
{
	struct medium *child;

	bed_make();
	findings = two_parts;
	bed_add("vault", "plain", 1, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	child = medium_find(source.root, "disk3.plain");
	renew_catalogue();
	bed_add("better", "other", 2, "ContentHint", "Vault");
	CU_ASSERT_TRUE(is_due("disk3", false));
	CU_ASSERT_EQUAL(again("disk3"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "vault"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "better"), "category");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk3", "better"), "vault");
	CU_ASSERT_PTR_EQUAL(medium_find(source.root, "disk3.plain"), child);
	CU_ASSERT_PTR_NULL(child->next);
	bed_clear();
}

static void test_it_stays_when_its_personality_has_left(void)
{
	bed_make();
	findings = two_parts;
	bed_add("vault", "plain", 1, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	renew_catalogue();
	catalogue_drop(matcher.catalogue, "plain");
	CU_ASSERT_FALSE(is_due("disk3", false));
	bed_add("next", "other", 1, "ContentHint", "Vault");
	CU_ASSERT_TRUE(is_due("disk3", false));
	CU_ASSERT_EQUAL(again("disk3"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "vault"), "running");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk3", "next"), "vault");
	bed_clear();
}

static void test_the_next_is_tried_when_a_locked_one_has_left(void)
{
	bed_make();
	findings = two_parts;
	opinions = wrong_key;
	matcher.keep_going = true;
	bed_add("locked", "secret", 2, "ContentHint", "Vault");
	bed_add("next", "plain", 1, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "locked"), "unlock");
	CU_ASSERT_FALSE(is_due("disk3", false));
	renew_catalogue();
	catalogue_drop(matcher.catalogue, "secret");
	CU_ASSERT_TRUE(is_due("disk3", false));
	CU_ASSERT_EQUAL(again("disk3"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "next"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "locked"), "none");
	bed_clear();
}

static void test_what_failed_waits_to_be_asked_for(void)
{
	bed_make();
	findings = two_parts;
	matcher.keep_going = true;
	bed_add("vault", "failing", 1, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "vault"), "start");
	CU_ASSERT_FALSE(is_due("disk3", false));
	CU_ASSERT_TRUE(is_due("disk3", true));
	CU_ASSERT_FALSE(is_due("disk1", true));
	CU_ASSERT_FALSE(is_due("disk", true));
	bed_clear();
}

static void test_all_is_no_reason_where_it_stands_already(void)
{
	bed_make();
	findings = two_parts;
	bed_add("vault", "plain", 1, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_FALSE(is_due("disk3", true));
	bed_clear();
}

static void test_what_was_never_matched_stays_so(void)
{
	bed_make();
	findings = two_parts;
	matcher.only = 3;
	CU_ASSERT_EQUAL(bed_run(), 0);
	renew_catalogue();
	bed_add("any", "plain", 1, "ProviderClass", "partition");
	CU_ASSERT_FALSE(is_due("disk1", false));
	CU_ASSERT_FALSE(is_due("disk1", true));
	CU_ASSERT_TRUE(is_due("disk3", false));
	bed_clear();
}

static void test_names_that_come_are_a_reason(void)
{
	struct personality *p;

	bed_make();
	medium_free(source.root);
	source.root = medium_new_resources();
	matcher.resources = resources_new();
	p = bed_add("net", "plain", 1, "ProviderClass", "resources");
	p->resources.words = calloc(1, sizeof(char *));
	p->resources.words[0] = strdup("network");
	p->resources.key = strdup("ResourceMatch");
	p->resources.file = strdup("x.personality");
	p->resources.n_words = 1;
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_FALSE(is_due("resources", false));
	CU_ASSERT_EQUAL(resources_publish(matcher.resources, "other"), 1);
	CU_ASSERT_FALSE(is_due("resources", false));
	CU_ASSERT_EQUAL(resources_publish(matcher.resources, "network"), 1);
	CU_ASSERT_TRUE(is_due("resources", false));
	CU_ASSERT_EQUAL(again("resources"), 0);
	CU_ASSERT_FALSE(is_due("resources", false));
	bed_clear();
	resources_free(matcher.resources);
}

CHECK_SUITE("rematch",
	    CHECK(test_nothing_new_is_not_due),
	    CHECK(test_a_new_personality_is_tried_where_it_matches),
	    CHECK(test_who_stands_stays),
	    CHECK(test_it_stays_when_its_personality_has_left),
	    CHECK(test_the_next_is_tried_when_a_locked_one_has_left),
	    CHECK(test_what_failed_waits_to_be_asked_for),
	    CHECK(test_all_is_no_reason_where_it_stands_already),
	    CHECK(test_what_was_never_matched_stays_so),
	    CHECK(test_names_that_come_are_a_reason))
