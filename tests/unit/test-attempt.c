/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order in which starts are tried, and the record of it: ties, probes that
 * change scores, what was tried next, and what was asked for by name.
 */
#include <limits.h>

#include "check.h"
#include "matchbed.h"

/* "place/attempt tied:rule overtook.. next" of @name on disk3. */
static const char *record(const char *name)
{
	static char text[256];
	const struct outcome *o = bed_outcome("disk3", name);
	size_t n;

	if (!o)
		return "none";
	n = (size_t)snprintf(text, sizeof(text), "%u/%u", o->place,
			     o->attempt);
	if (o->tied)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      " tied=%s:%s", o->tied->name,
				      outcome_tie_word(o->tie));
	for (size_t i = 0; i < o->n_overtook; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      " overtook=%s", o->overtook[i]->name);
	if (o->alike)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " alike=%s",
				      o->alike->name);
	if (o->next)
		snprintf(text + n, sizeof(text) - n, " next=%s",
			 o->next->name);
	return text;
}

static void test_files_decide_a_tie(void)
{
	bed_make();
	findings = two_parts;
	bed_add("first", "plain", 10, "ContentHint", "Vault");
	bed_add("second", "other", 10, "ContentHint", "Vault");
	bed_add("third", "other", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("first"), "1/1");
	CU_ASSERT_STRING_EQUAL(record("second"), "2/0 tied=first:file");
	CU_ASSERT_STRING_EQUAL(record("third"), "3/0 tied=second:file");
	bed_clear();
}

static void test_score_before_the_probe_decides_a_tie(void)
{
	static const struct opinion raised[] = {
		{ "probing", .score = 15 }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = raised;
	bed_add("lower", "probing", 10, "ContentHint", "Vault");
	bed_add("higher", "plain", 25, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("higher"), "1/1");
	CU_ASSERT_STRING_EQUAL(record("lower"), "2/0 tied=higher:probe");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "lower")->holder_score, 25);
	bed_clear();
}

static void test_map_comes_before_a_filter_in_a_tie(void)
{
	const struct outcome *outcome;

	bed_make();
	findings = two_parts;
	bed_add("filter", "plain", 4000, "Whole", "yes");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "gpt"), "running");
	outcome = bed_outcome("disk", "filter");
	CU_ASSERT_EQUAL(outcome->tie, OUTCOME_TIE_MAP);
	CU_ASSERT_STRING_EQUAL(outcome->tied->name, "gpt");
	bed_clear();
}

static void test_no_tie_across_categories(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	bed_add("first", "plain", 10, "ContentHint", "Vault");
	p = bed_add("beside", "other", 10, "ContentHint", "Vault");
	strcpy(p->category, "beside");
	bed_add("third", "whole", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("beside"), "2/2");
	CU_ASSERT_STRING_EQUAL(record("third"), "3/0 tied=first:file");
	bed_clear();
}

static void test_probe_that_changes_the_order(void)
{
	static const struct opinion changed[] = {
		{ "probing", .score = 15 }, { "lowered", .score = -20 },
		{ NULL },
	};

	struct personality *p;

	bed_make();
	findings = two_parts;
	opinions = changed;
	/* Of another category: it does not compete. */
	p = bed_add("beside", "whole", 22, "ContentHint", "Vault");
	strcpy(p->category, "beside");
	bed_add("high", "plain", 20, "ContentHint", "Vault");
	bed_add("low", "other", 12, "ContentHint", "Vault");
	bed_add("raised", "probing", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("raised"),
			       "1/1 overtook=high overtook=low");
	CU_ASSERT_STRING_EQUAL(record("high"), "3/0");
	CU_ASSERT_STRING_EQUAL(record("low"), "4/0");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "low")->holder_score_before, 10);
	CU_ASSERT_EQUAL(bed_outcome("disk3", "low")->holder_score, 25);
	bed_clear();
}

static void test_probe_that_changes_nothing(void)
{
	static const struct opinion lowered[] = {
		{ "probing", .score = -5 }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = lowered;
	bed_add("high", "probing", 30, "ContentHint", "Vault");
	bed_add("low", "other", 12, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("high"), "1/1");
	CU_ASSERT_STRING_EQUAL(record("low"), "2/0");
	bed_clear();
}

static void test_row_of_failures(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	bed_add("one", "failing", 40, "ContentHint", "Vault");
	p = bed_add("two", "failing", 30, "ContentHint", "Vault");
	settings_set(&p->settings, "hint", "x");
	bed_add("same", "failing", 25, "ContentHint", "Vault");
	bed_add("three", "plain", 20, "ContentHint", "Vault");
	bed_add("four", "other", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("one"), "1/1 next=two");
	CU_ASSERT_STRING_EQUAL(record("two"), "2/2 next=three");
	CU_ASSERT_STRING_EQUAL(record("same"), "3/0 alike=one");
	CU_ASSERT_STRING_EQUAL(record("three"), "4/3");
	CU_ASSERT_STRING_EQUAL(record("four"), "5/0");
	CU_ASSERT_STRING_EQUAL(passed_over, "one>two two>three ");
	bed_clear();
}

/* A start that failed says nothing of one with other settings. */
static void test_what_differs_is_tried(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("one", "failing", 40, "ContentHint", "Vault");
	settings_set(&p->settings, "hint", "x");
	p = bed_add("two", "failing", 30, "ContentHint", "Vault");
	settings_set(&p->settings, "hint", "y");
	p = bed_add("three", "failing", 20, "ContentHint", "Vault");
	settings_set(&p->settings, "hint", "y");
	p->read_only = true;
	CU_ASSERT_EQUAL(bed_run(), -EIO);
	CU_ASSERT_STRING_EQUAL(record("two"), "2/2 next=three");
	CU_ASSERT_STRING_EQUAL(record("three"), "3/3");
	bed_clear();
}

static void test_what_failed_elsewhere_is_no_matter(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	p = bed_add("beside", "failing", 40, "ContentHint", "Vault");
	strcpy(p->category, "beside");
	bed_add("plain", "plain", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -EIO);
	CU_ASSERT_STRING_EQUAL(record("beside"), "1/1");
	CU_ASSERT_STRING_EQUAL(record("plain"), "2/2");
	CU_ASSERT_STRING_EQUAL(passed_over, "");
	bed_clear();
}

static void test_nothing_left_to_try(void)
{
	static const struct opinion broken[] = {
		{ "secret", .prepare = -EBADMSG }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = broken;
	bed_add("one", "failing", 40, "ContentHint", "Vault");
	bed_add("two", "secret", 30, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -EIO);
	CU_ASSERT_STRING_EQUAL(record("one"), "1/1 next=two");
	CU_ASSERT_STRING_EQUAL(record("two"), "2/2");
	CU_ASSERT_STRING_EQUAL(passed_over, "one>two two> ");
	bed_clear();

	/* One alone is the medium's error, told as that. */
	bed_make();
	findings = two_parts;
	bed_add("one", "failing", 40, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -EIO);
	CU_ASSERT_STRING_EQUAL(record("one"), "1/1");
	CU_ASSERT_STRING_EQUAL(passed_over, "");
	bed_clear();
}

/* The error is that of the start that was tried first, not of the score that
   was highest before the probes. */
static void test_first_start_is_the_error(void)
{
	static const struct opinion changed[] = {
		{ "doubtful", .score = -50 },
		{ "secret", .prepare = -EBADMSG }, { NULL },
	};

	bed_make();
	findings = two_parts;
	opinions = changed;
	bed_add("lowered", "doubtful", 90, "ContentHint", "Vault");
	bed_add("early", "secret", 60, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), -EBADMSG);
	CU_ASSERT_EQUAL(failure.code, EXIT_CORRUPT);
	CU_ASSERT_STRING_EQUAL(record("early"),
			       "1/1 overtook=lowered next=lowered");
	CU_ASSERT_STRING_EQUAL(record("lowered"), "2/2");
	bed_clear();
}

/* Looking tells what would be tried if it failed. */
static void test_who_would_be_next(void)
{
	bed_make();
	findings = two_parts;
	matcher.start = false;
	bed_add("broken", "failing", 50, "ContentHint", "Vault");
	bed_add("locked", "secret", 40, "ContentHint", "Vault");
	bed_add("plain", "plain", 30, "ContentHint", "Vault");
	bed_add("other", "other", 20, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("broken"), "1/1 next=locked");
	CU_ASSERT_STRING_EQUAL(record("locked"), "2/2 next=plain");
	CU_ASSERT_STRING_EQUAL(record("plain"), "3/0");
	bed_clear();
}

/* No second one is tried after a wrong key. */
static void test_closed_has_no_next(void)
{
	static const struct opinion rejected[] = {
		{ "secret", .prepare = -EKEYREJECTED }, { NULL },
	};

	for (unsigned i = 0; i < 2; i++) {
		bed_make();
		findings = two_parts;
		opinions = i ? rejected : wrong_key;
		bed_add("locked", "secret", 40, "ContentHint", "Vault");
		bed_add("plain", "plain", 30, "ContentHint", "Vault");
		CU_ASSERT_EQUAL(bed_run(), i ? -EKEYREJECTED : -ENOKEY);
		CU_ASSERT_STRING_EQUAL(bed_step("disk3", "locked"), "unlock");
		CU_ASSERT_STRING_EQUAL(record("locked"), "1/1");
		CU_ASSERT_STRING_EQUAL(record("plain"), "2/0");
		bed_clear();
	}
}

/* What is asked for by name is tried first, whatever scores and probes say. */
static void test_requested_comes_first(void)
{
	static const struct opinion lowered[] = {
		{ "probing", .score = -2000 }, { NULL },
	};
	struct personality *p;

	bed_make();
	opinions = lowered;
	bed_add("high", "plain", INT_MAX, "ProviderClass", "whole");
	p = calloc(1, sizeof(*p));
	p->name = strdup("--filter");
	p->file = strdup("");
	p->module = strdup("probing");
	p->category = strdup("storage");
	p->requested = true;
	CU_ASSERT_EQUAL(catalogue_add(matcher.catalogue, p), 0);
	CU_ASSERT_STRING_EQUAL(catalogue_at(matcher.catalogue, 0)->name,
			       "--filter");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "--filter"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "high"), "score");
	CU_ASSERT_PTR_NULL(bed_outcome("disk", "high")->tied);
	bed_clear();
}

static void test_holder_of_another_pass_has_no_turn(void)
{
	struct personality *p;

	bed_make();
	findings = two_parts;
	bed_add("one", "failing", 40, "ContentHint", "Vault");
	bed_add("holder", "plain", 10, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(record("holder"), "2/2");
	p = bed_add("beside", "other", 99, "ContentHint", "Vault");
	strcpy(p->category, "beside");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk3", "one"), "category");
	CU_ASSERT_EQUAL(bed_outcome("disk3", "one")->holder_score, 10);
	CU_ASSERT_STRING_EQUAL(record("holder"), "0/0");
	CU_ASSERT_STRING_EQUAL(record("beside"), "1/1");
	bed_clear();
}

CHECK_SUITE("attempt", CHECK(test_files_decide_a_tie),
	    CHECK(test_score_before_the_probe_decides_a_tie),
	    CHECK(test_map_comes_before_a_filter_in_a_tie),
	    CHECK(test_no_tie_across_categories),
	    CHECK(test_probe_that_changes_the_order),
	    CHECK(test_probe_that_changes_nothing),
	    CHECK(test_row_of_failures), CHECK(test_what_differs_is_tried),
	    CHECK(test_what_failed_elsewhere_is_no_matter),
	    CHECK(test_nothing_left_to_try),
	    CHECK(test_first_start_is_the_error),
	    CHECK(test_who_would_be_next), CHECK(test_closed_has_no_next),
	    CHECK(test_requested_comes_first),
	    CHECK(test_holder_of_another_pass_has_no_turn))
