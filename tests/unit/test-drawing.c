/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-drawing.c - paths as a shell takes them
 */
#include "check.h"
#include "drawing.h"
#include "util.h"

static const char *word(const char *text)
{
	static char buf[64];

	return drawing_word(text, buf, sizeof(buf));
}

static void test_a_plain_path_stays(void)
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
	drawing_word(text, buf, sizeof(buf));
	CU_ASSERT_TRUE(strlen(buf) < sizeof(buf));
	CU_ASSERT_EQUAL(buf[strlen(buf) - 1], '\'');
}

CHECK_SUITE("drawing",
	    CHECK(test_a_plain_path_stays),
	    CHECK(test_what_a_shell_would_read_is_quoted),
	    CHECK(test_what_is_too_long_is_cut_inside))
