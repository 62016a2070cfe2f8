/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "catalogue.h"
#include "check.h"
#include "folder.h"
#include "outcome.h"
#include "partmap.h"
#include "util.h"

#define TEXT(module, score)						\
	"[Personality]\nModule=" module "\n[Match]\nContentHint=Linux\n" \
	"ProbeScore=" score "\n"

static const char *dirs[4];

/* Two directories, the first of which is higher, and one that is not. */
static void set_up(void)
{
	folder_open();
	folder_make("high");
	folder_make("low");
	dirs[0] = strdup(folder_path("high"));
	dirs[1] = strdup(folder_path("nowhere"));
	dirs[2] = strdup(folder_path("low"));
}

static void tear_down(void)
{
	for (size_t i = 0; i < 3; i++)
		free((char *)dirs[i]);
	folder_close();
}

/* Loads; notes "name:module:score " of all that are no partition maps. */
static const char *load(int faulty)
{
	struct catalogue *catalogue = catalogue_new();
	static char found[512];

	found[0] = told[0] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	CU_ASSERT_EQUAL(catalogue_load(catalogue, dirs, folder_told, NULL),
			faulty);
	for (size_t i = 0; i < catalogue_count(catalogue); i++) {
		const struct personality *p = catalogue_at(catalogue, i);
		size_t len = strlen(found);

		if (!p->scheme)
			snprintf(found + len, sizeof(found) - len,
				 "%s:%s:%d ", p->name, p->module, p->score);
	}
	catalogue_unref(catalogue);
	return found;
}

static struct catalogue *load_again(void)
{
	struct catalogue *catalogue = catalogue_new();

	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	CU_ASSERT_EQUAL(catalogue_load(catalogue, dirs, folder_told, NULL), 0);
	return catalogue;
}

/* Loads again, adopts; how many of the new are those of @old. */
static size_t adopt(const struct catalogue *old, bool changed)
{
	struct catalogue *catalogue = load_again();
	size_t same = 0;

	CU_ASSERT_EQUAL(catalogue_adopt(catalogue, old), changed);
	for (size_t i = 0; i < catalogue_count(catalogue); i++)
		same += catalogue_has(old, catalogue_at(catalogue, i));
	catalogue_unref(catalogue);
	return same;
}

static void test_what_did_not_change_stays_the_same(void)
{
	static const char *const changes[] = {
		"[Personality]\nModule=crypt\n[Match]\nContentHint=B\n",
		"[Personality]\nModule=plain\n[Match]\nContentHint=A\n",
		"\n[Personality]\nModule=crypt\n[Match]\nContentHint=A\n",
		"[Personality]\nModule=crypt\n[Match]\nContentHint=A\n"
		"ProbeScore=1001\n",
		"[Personality]\nModule=crypt\n[Match]\nContentHint=A\n"
		"MatchCategory=b\n",
		"[Personality]\nModule=crypt\n[Match]\nContentHint=A\n"
		"ResourceMatch=b\n",
		"[Personality]\nModule=crypt\n[Match]\nContentHint=A\n"
		"[Policy]\nReadOnly=yes\n",
		"[Personality]\nModule=crypt\n[Match]\nContentHint=A\n"
		"[Module]\nProperty.a=b\n",
	};
	struct catalogue *old;
	size_t n;

	set_up();
	(void)folder_write("high/a.personality", "[Personality]\n"
			   "Module=crypt\n[Match]\nContentHint=A\n");
	(void)folder_write("high/b.personality", "[Personality]\n"
			   "Module=crypt\n[Match]\nContentHint=B\n");
	old = load_again();
	n = catalogue_count(old);
	CU_ASSERT_EQUAL(adopt(old, false), n);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		(void)folder_write("high/a.personality", changes[i]);
		CU_ASSERT_EQUAL(adopt(old, true), n - 1);
	}
	(void)folder_write("high/a.personality", "");
	CU_ASSERT_EQUAL(adopt(old, true), n - 1);
	catalogue_drop(old, "crypt");
	CU_ASSERT_EQUAL(catalogue_count(old), n - 2);
	CU_ASSERT_EQUAL(adopt(old, true), n - 2);
	catalogue_unref(old);
	tear_down();
}

static void test_maps_are_built_in(void)
{
	struct catalogue *catalogue = catalogue_new();
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	for (; partmap_schemes[n]; n++) {
		const struct personality *p = catalogue_at(catalogue, n);

		CU_ASSERT_PTR_EQUAL(p->scheme, partmap_schemes[n]);
		CU_ASSERT_STRING_EQUAL(p->name, p->scheme->name);
		CU_ASSERT_EQUAL(p->score, p->scheme->score);
		CU_ASSERT_STRING_EQUAL(p->category, "storage");
		CU_ASSERT_EQUAL(p->n_conditions, 0);
	}
	CU_ASSERT_EQUAL(catalogue_count(catalogue), n);
	CU_ASSERT(n >= 3);
	catalogue_unref(catalogue);
}

static void test_best_score_comes_first(void)
{
	set_up();
	folder_write("low/a.personality", TEXT("a", "10"));
	folder_write("low/b.personality", TEXT("b", "30"));
	folder_write("low/c.personality", TEXT("c", "-5"));
	CU_ASSERT_STRING_EQUAL(load(0), "b:b:30 a:a:10 c:c:-5 ");
	tear_down();
}

static void test_equal_scores_keep_the_order_of_names(void)
{
	set_up();
	folder_write("low/20.personality", TEXT("b", "10"));
	folder_write("high/30.personality", TEXT("c", "10"));
	folder_write("low/10.personality", TEXT("a", "10"));
	CU_ASSERT_STRING_EQUAL(load(0), "10:a:10 20:b:10 30:c:10 ");
	tear_down();
}

static void test_higher_directory_replaces(void)
{
	set_up();
	folder_write("low/a.personality", TEXT("low", "10"));
	folder_write("high/a.personality", TEXT("high", "20"));
	folder_write("low/a.txt", "not read");
	folder_write("low/.personality", "not read");
	CU_ASSERT_STRING_EQUAL(load(0), "a:high:20 ");
	tear_down();
}

static void test_masks(void)
{
	set_up();
	folder_write("low/a.personality", TEXT("a", "10"));
	folder_write("low/b.personality", TEXT("b", "10"));
	folder_write("low/c.personality", TEXT("c", "10"));
	folder_write("high/a.personality", "");
	CU_ASSERT_EQUAL(symlink("/dev/null",
				folder_path("high/b.personality")), 0);
	CU_ASSERT_STRING_EQUAL(load(0), "c:c:10 ");
	CU_ASSERT_STRING_EQUAL(told, "");
	tear_down();
}

static void test_drop_ins_of_all_directories(void)
{
	set_up();
	folder_make("low/a.personality.d");
	folder_make("high/a.personality.d");
	folder_write("low/a.personality", TEXT("a", "1"));
	folder_write("high/a.personality.d/10.conf", "[Match]\nProbeScore=2\n"
		     "[Personality]\nModule=from-high\n");
	folder_write("low/a.personality.d/20.conf", "[Match]\nProbeScore=3\n");
	CU_ASSERT_STRING_EQUAL(load(0), "a:from-high:3 ");

	/* The same base name: the higher one counts, even to mask. */
	folder_write("high/a.personality.d/20.conf", "");
	CU_ASSERT_STRING_EQUAL(load(0), "a:from-high:2 ");
	folder_write("low/a.personality.d/10.conf", "[Match]\nProbeScore=x\n");
	CU_ASSERT_STRING_EQUAL(load(0), "a:from-high:2 ");
	tear_down();
}

static void test_faulty_one_is_left_out(void)
{
	set_up();
	folder_write("low/a.personality", TEXT("a", "high"));
	folder_write("low/b.personality", TEXT("b", "10"));
	folder_make("low/c.personality");
	CU_ASSERT_EQUAL(symlink("/nowhere/at/all",
				folder_path("low/d.personality")), 0);
	CU_ASSERT_STRING_EQUAL(load(3), "b:b:10 ");
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "a.personality:5:12: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "c.personality:0:0: is not a "));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "d.personality:0:0: cannot be "));
	tear_down();
}

/* A loop of links, which not even root can open; the others still count. */
static void test_directory_that_cannot_be_opened_is_told(void)
{
	set_up();
	folder_write("low/a.personality", TEXT("a", "10"));
	if (symlink("a.personality.d", folder_path("high/a.personality.d")) < 0)
		abort();
	CU_ASSERT_STRING_EQUAL(load(1), "a:a:10 ");
	CU_ASSERT_STRING_EQUAL(told, "a.personality.d:0:0: cannot be opened: "
			       "Too many levels of symbolic links\n");
	tear_down();
}

/* A faulty file in a higher directory must not uncover the lower one. */
static void test_faulty_one_still_masks(void)
{
	set_up();
	folder_write("high/a.personality", TEXT("a", "high"));
	folder_write("low/a.personality", TEXT("a", "10"));
	CU_ASSERT_STRING_EQUAL(load(1), "");
	tear_down();
}

static void test_fifo_does_not_hang(void)
{
	set_up();
	CU_ASSERT_EQUAL(mkfifo(folder_path("low/a.personality"), 0600), 0);
	CU_ASSERT_STRING_EQUAL(load(1), "");
	tear_down();
}

static void test_what_a_system_starts_from_is_kept(void)
{
	struct catalogue *catalogue = catalogue_new();
	size_t maps;

	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	maps = catalogue_count(catalogue);
	set_up();
	folder_write("low/a.personality", TEXT("a", "3"));
	folder_write("low/b.personality", TEXT("b", "2")
		     "[Policy]\nRequiredAt=root\n");
	folder_write("low/c.personality", TEXT("c", "1")
		     "[Policy]\nRequiredAt=local-root\nRequiredAt=none\n");
	folder_write("low/d.personality", TEXT("d", "9000")
		     "[Policy]\nRequiredAt=root\nRequiredAt=local-root\n");
	CU_ASSERT_EQUAL(catalogue_load(catalogue, dirs, folder_told, NULL), 0);
	CU_ASSERT_EQUAL(catalogue_count(catalogue), maps + 4);
	catalogue_keep_required(catalogue);
	CU_ASSERT_EQUAL_FATAL(catalogue_count(catalogue), maps + 2);
	CU_ASSERT_STRING_EQUAL(catalogue_at(catalogue, 0)->name, "d");
	CU_ASSERT_STRING_EQUAL(catalogue_at(catalogue, maps + 1)->name, "b");
	catalogue_unref(catalogue);
	tear_down();
}

static void test_outcomes_are_noted(void)
{
	char *words[] = { "a b", "" };
	struct condition condition = {
		.key = "Name", .words = words, .n_words = 2, .file = "f",
		.line = 7,
	};
	struct personality gpt = { .name = (char *)"gpt" };
	const struct outcome holder = { .personality = &gpt, .score = 9,
					.score_before = 4 };
	struct outcome outcome = { 0 };

	CU_ASSERT_EQUAL(outcome_note(&outcome, &condition, "c", false), 0);
	CU_ASSERT_EQUAL(outcome_end(&outcome, OUTCOME_MATCH, 0, "first"), 0);
	CU_ASSERT_EQUAL(outcome_end(&outcome, OUTCOME_PROBE, -5, "why"), 0);
	CU_ASSERT_EQUAL(outcome_set_holder(&outcome, &holder), 0);
	CU_ASSERT_EQUAL_FATAL(outcome.n_conditions, 1);
	CU_ASSERT_STRING_EQUAL(outcome.conditions[0].want, "\"a b\" \"\"");
	CU_ASSERT_STRING_EQUAL(outcome.conditions[0].have, "c");
	CU_ASSERT_EQUAL(outcome.conditions[0].line, 7);
	CU_ASSERT_STRING_EQUAL(outcome.why, "why");
	CU_ASSERT_STRING_EQUAL(outcome.holder, "gpt");
	CU_ASSERT_EQUAL(outcome.holder_score_before, 4);
	CU_ASSERT_EQUAL(outcome.holder_score, 9);
	CU_ASSERT_EQUAL(outcome.error, -5);
	CU_ASSERT_STRING_EQUAL(outcome_word(outcome.step), "probe");
	outcome_clear(&outcome);
	CU_ASSERT_EQUAL(outcome.n_conditions, 0);
}

static void test_tables_of_names(void)
{
	struct catalogue *catalogue = catalogue_new();
	size_t n = catalogue_count(catalogue);

	set_up();
	folder_write("low/10.personality", "[ContentTable]\n0xDA=First\n");
	folder_write("low/20.personality", "[ContentTable]\n0xDA=Second\n"
		     "0xDB=Other\n");
	told[0] = '\0';
	CU_ASSERT_EQUAL(catalogue_load(catalogue, (const char *const[]){
			folder_path("low"), NULL }, folder_told, NULL), 0);
	CU_ASSERT_EQUAL(catalogue_count(catalogue), n);
	CU_ASSERT_STRING_EQUAL(names_find(catalogue_names(catalogue), "mbr",
					  "0xDA"), "First");
	CU_ASSERT_STRING_EQUAL(names_find(catalogue_names(catalogue), "mbr",
					  "0xDB"), "Other");
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "20.personality:2:6: warning: 0xDA "
				      "is called First already, in "));
	catalogue_unref(catalogue);
	tear_down();
}

CHECK_SUITE("catalogue", CHECK(test_what_did_not_change_stays_the_same),
	    CHECK(test_maps_are_built_in),
	    CHECK(test_best_score_comes_first),
	    CHECK(test_equal_scores_keep_the_order_of_names),
	    CHECK(test_higher_directory_replaces), CHECK(test_masks),
	    CHECK(test_drop_ins_of_all_directories),
	    CHECK(test_faulty_one_is_left_out),
	    CHECK(test_directory_that_cannot_be_opened_is_told),
	    CHECK(test_faulty_one_still_masks),
	    CHECK(test_fifo_does_not_hang),
	    CHECK(test_what_a_system_starts_from_is_kept),
	    CHECK(test_outcomes_are_noted),
	    CHECK(test_tables_of_names))
