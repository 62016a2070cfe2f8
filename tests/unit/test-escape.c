/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-escape.c - escaping, and the characters that it stands on
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "cleanup.h"
#include "escape.h"
#include "utf8.h"

static void expect(const char *in, const char *out)
{
	_cleanup_free_ char *text = escape_dup(in);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (strcmp(text, out) != 0)
		printf("# got '%s', not '%s'\n", text, out);
	CU_ASSERT_STRING_EQUAL(text, out);
	CU_ASSERT_TRUE(strlen(text) < ESCAPE_LEN(strlen(in)));
	CU_ASSERT_EQUAL(utf8_valid(text, strlen(text)), strlen(text));
}

static void test_plain_text_stays(void)
{
	expect("", "");
	expect("My Disk (2)/~'\"", "My Disk (2)/~'\"");
	expect("Zo\xc3\xab \xe7\xa3\x81 \xf0\x9f\x92\xbe",
	       "Zo\xc3\xab \xe7\xa3\x81 \xf0\x9f\x92\xbe");
}

static void test_control_characters_are_escaped(void)
{
	expect("a\nb\tc\r", "a\\x0ab\\x09c\\x0d");
	expect("\x1b[2J", "\\x1b[2J");
	expect("\x7f", "\\x7f");
	expect("\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0");
}

static void test_a_backslash_is_escaped(void)
{
	expect("\\", "\\x5c");
	expect("\\x0a", "\\x5cx0a");
}

static void test_what_moves_or_hides_text_is_escaped(void)
{
	expect("a\xe2\x80\xaegnp", "a\\xe2\\x80\\xaegnp");	/* override */
	expect("\xe2\x81\xa6", "\\xe2\\x81\\xa6");	/* isolate */
	expect("\xe2\x80\x8f", "\\xe2\\x80\\x8f");	/* direction mark */
	expect("\xd8\x9c", "\\xd8\\x9c");		/* letter mark */
	expect("\xe2\x80\x8b", "\\xe2\\x80\\x8b");	/* zero width space */
	expect("\xef\xbb\xbf", "\\xef\\xbb\\xbf");	/* byte order mark */
	expect("\xe2\x80\xa8", "\\xe2\\x80\\xa8");	/* line separator */
	expect("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81");	/* tag */
	expect("\xe2\x80\x90", "\xe2\x80\x90");		/* a mere hyphen */
}

static void test_what_was_escaped_is_not_escaped_twice(void)
{
	char text[64];

	CU_ASSERT_STRING_EQUAL(escape_again("a\\x0ab\n\xff", text,
					    sizeof(text)), "a\\x0ab\\x0a\\xff");
	CU_ASSERT_STRING_EQUAL(escape_again("\\\\\\", text, 3), "\\\\");
}

static void test_invalid_utf8_is_escaped(void)
{
	expect("\xff" "a", "\\xffa");
	expect("\xc3", "\\xc3");
	expect("\xc3(", "\\xc3(");
	expect("\xe2\x82", "\\xe2\\x82");
	expect("\xc0\xaf", "\\xc0\\xaf");		/* overlong */
	expect("\xe0\x80\xaf", "\\xe0\\x80\\xaf");
	expect("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf");
	expect("\xed\xa0\x80", "\\xed\\xa0\\x80");	/* surrogate */
	expect("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	expect("\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd");	/* the last plane */
}

static void test_a_cut_leaves_whole_characters(void)
{
	static const char in[] = "a\xc3\xa4\n\xe2\x80\xaez";
	static const struct {
		size_t size;
		const char *out;
	} cuts[] = {
		{ 1, "" }, { 2, "a" }, { 3, "a" }, { 4, "a\xc3\xa4" },
		{ 7, "a\xc3\xa4" }, { 8, "a\xc3\xa4\\x0a" },
		{ 19, "a\xc3\xa4\\x0a" },
		{ 20, "a\xc3\xa4\\x0a\\xe2\\x80\\xae" },
		{ 21, "a\xc3\xa4\\x0a\\xe2\\x80\\xaez" },
	};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		_cleanup_free_ char *buf = malloc(cuts[i].size);

		CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
		CU_ASSERT_PTR_EQUAL(escape(in, buf, cuts[i].size), buf);
		CU_ASSERT_STRING_EQUAL(buf, cuts[i].out);
	}
	CU_ASSERT_PTR_NULL(escape(in, NULL, 0));
}

static void test_a_cut_text_can_be_mended(void)
{
	static const struct {
		const char *in, *out;
	} texts[] = {
		{ "", "" }, { "a", "a" },
		{ "a\xc3", "a" }, { "a\xc3\xa4", "a\xc3\xa4" },
		{ "a\xe2\x82", "a" }, { "a\xe2\x82\xac", "a\xe2\x82\xac" },
		{ "a\xf0\x9f\x92", "a" },
		{ "a\xf0\x9f\x92\xbe", "a\xf0\x9f\x92\xbe" },
		{ "\xf0\x9f", "" },
		/* damage, but no cut */
		{ "a\xa4", "a\xa4" }, { "\xa4\xa4", "\xa4\xa4" },
		{ "a\xff", "a\xff" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char buf[16];

		strcpy(buf, texts[i].in);
		utf8_mend(buf);
		CU_ASSERT_STRING_EQUAL(buf, texts[i].out);
	}
}

static void test_characters_are_read_with_their_value(void)
{
	uint32_t c = 0;

	CU_ASSERT_EQUAL(utf8_first("\xf0\x9f\x92\xbe", 4, &c), 4);
	CU_ASSERT_EQUAL(c, 0x1f4be);
	CU_ASSERT_EQUAL(utf8_first("\xf0\x9f\x92\xbe", 3, &c), 0);
	CU_ASSERT_EQUAL(utf8_first("\0", 1, &c), 1);
	CU_ASSERT_EQUAL(c, 0);
	CU_ASSERT_EQUAL(utf8_first("a", 0, &c), 0);
	CU_ASSERT_EQUAL(utf8_valid("ab\xc3\xa4\xff", 5), 4);
}

static const char *word(const char *text)
{
	static char buf[64];

	return escape_word(text, buf, sizeof(buf));
}

static void test_a_plain_word_stays(void)
{
	CU_ASSERT_STRING_EQUAL(word("/run/a-b_c.d/e~2"), "/run/a-b_c.d/e~2");
}

static void test_what_a_shell_would_read_is_quoted(void)
{
	CU_ASSERT_STRING_EQUAL(word("a b"), "'a b'");
	CU_ASSERT_STRING_EQUAL(word("$(reboot)"), "'$(reboot)'");
	CU_ASSERT_STRING_EQUAL(word("it's"), "'it'\\''s'");
	CU_ASSERT_STRING_EQUAL(word(""), "''");
}

static void test_what_is_too_long_is_cut_inside(void)
{
	char text[200], buf[32];

	memset(text, '\'', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	escape_word(text, buf, sizeof(buf));
	CU_ASSERT_TRUE(strlen(buf) < sizeof(buf));
	CU_ASSERT_EQUAL(buf[strlen(buf) - 1], '\'');
}

CHECK_SUITE("escape",
	    CHECK(test_plain_text_stays),
	    CHECK(test_control_characters_are_escaped),
	    CHECK(test_a_backslash_is_escaped),
	    CHECK(test_what_moves_or_hides_text_is_escaped),
	    CHECK(test_what_was_escaped_is_not_escaped_twice),
	    CHECK(test_invalid_utf8_is_escaped),
	    CHECK(test_a_cut_leaves_whole_characters),
	    CHECK(test_a_cut_text_can_be_mended),
	    CHECK(test_characters_are_read_with_their_value),
	    CHECK(test_a_plain_word_stays),
	    CHECK(test_what_a_shell_would_read_is_quoted),
	    CHECK(test_what_is_too_long_is_cut_inside))
