/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "words.h"

/* The words of @value with '|' between them, or "!" and why not. */
static const char *split(const char *value)
{
	static char text[256];
	const char *why = "?";
	char **words;
	size_t n;
	int r = words_split(value, &words, &n, &why);

	if (r < 0) {
		CU_ASSERT_EQUAL(r, -EINVAL);
		snprintf(text, sizeof(text), "!%s", why);
		return text;
	}
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		strcat(text, i > 0 ? "|" : "");
		strcat(text, words[i]);
	}
	words_free(words, n);
	return text;
}

static void test_blanks_part_words(void)
{
	CU_ASSERT_STRING_EQUAL(split("one"), "one");
	CU_ASSERT_STRING_EQUAL(split("  one\ttwo  three "), "one|two|three");
	CU_ASSERT_STRING_EQUAL(split(""), "");
	CU_ASSERT_STRING_EQUAL(split(" \t"), "");
}

static void test_quotes_keep_blanks(void)
{
	CU_ASSERT_STRING_EQUAL(split("'one two' three"), "one two|three");
	CU_ASSERT_STRING_EQUAL(split("\"one two\"three"), "one twothree");
	CU_ASSERT_STRING_EQUAL(split("a\"b c\"'d e'"), "ab cd e");
	CU_ASSERT_STRING_EQUAL(split("\"it's\" 'say \"x\"'"),
			       "it's|say \"x\"");
	CU_ASSERT_STRING_EQUAL(split("a '' b"), "a||b");
}

static void test_backslashes_escape(void)
{
	CU_ASSERT_STRING_EQUAL(split("a\\ b"), "a b");
	CU_ASSERT_STRING_EQUAL(split("\"a\\\"b\""), "a\"b");
	CU_ASSERT_STRING_EQUAL(split("a\\x41\\x5cb"), "aA\\b");
	CU_ASSERT_STRING_EQUAL(split("'a\\x41'"), "a\\x41");
}

static void test_faults_are_told(void)
{
	CU_ASSERT_STRING_EQUAL(split("\"open"), "!a quote is not closed");
	CU_ASSERT_STRING_EQUAL(split("ok 'open"), "!a quote is not closed");
	CU_ASSERT_PTR_NOT_NULL(strstr(split("a\\q"), "!a backslash"));
	CU_ASSERT_PTR_NOT_NULL(strstr(split("a\\x0"), "!a backslash"));
	CU_ASSERT_PTR_NOT_NULL(strstr(split("a\\x00"), "!a backslash"));
	CU_ASSERT_PTR_NOT_NULL(strstr(split("a\\"), "!a backslash"));
}

CHECK_SUITE("words", CHECK(test_blanks_part_words),
	    CHECK(test_quotes_keep_blanks), CHECK(test_backslashes_escape),
	    CHECK(test_faults_are_told))
