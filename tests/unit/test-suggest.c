/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-suggest.c - did you mean ...?
 */
#include <string.h>

#include "check.h"
#include "suggest.h"
#include "util.h"

static const char *const verbs[] = { "list-filters", "list-media", "explain",
				     "verify", "image", "copy" };

static void expect(const char *word, const char *found)
{
	const char *s = suggest(word, verbs, ARRAY_SIZE(verbs));

	if (!found)
		CU_ASSERT_PTR_NULL(s);
	if (!found || !s) {
		CU_ASSERT_TRUE(!found && !s);
		return;
	}
	CU_ASSERT_STRING_EQUAL(s, found);
}

static void test_slips_are_understood(void)
{
	expect("explian", "explain");		/* places changed */
	expect("exlain", "explain");		/* one missing */
	expect("explaiin", "explain");		/* one too many */
	expect("ecplain", "explain");		/* another one */
	expect("EXPLAIN", "explain");
	expect("list-filter", "list-filters");
	expect("listmedia", "list-media");
	expect("cpoy", "copy");
	expect("explain", "explain");
}

static void test_other_words_are_not(void)
{
	expect("", NULL);
	expect("x", NULL);
	expect("cc", NULL);
	expect("mount", NULL);
	expect("cpyo", NULL);
	expect("ypoc", NULL);
}

static void test_the_nearest_and_first_wins(void)
{
	static const char *const words[] = { "size", "sizes", "side", "sized" };

	CU_ASSERT_STRING_EQUAL(suggest("sizes", words, 4), "sizes");
	CU_ASSERT_STRING_EQUAL(suggest("sixe", words, 4), "size");
	CU_ASSERT_STRING_EQUAL(suggest("sizex", words, 4), "size");
	CU_ASSERT_PTR_NULL(suggest("size", words, 0));
}

static void test_long_words_are_passed_over(void)
{
	char word[1000];
	const char *const words[] = { word, "copy" };

	memset(word, 'c', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CU_ASSERT_PTR_NULL(suggest(word, words, 2));
	CU_ASSERT_STRING_EQUAL(suggest("copi", words, 2), "copy");
	word[64] = '\0';
	CU_ASSERT_PTR_EQUAL(suggest(word, words, 2), word);
}

CHECK_SUITE("suggest",
	    CHECK(test_slips_are_understood),
	    CHECK(test_other_words_are_not),
	    CHECK(test_the_nearest_and_first_wins),
	    CHECK(test_long_words_are_passed_over))
