/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-wording.c - media in words: none of them moves a terminal
 */
#include "check.h"
#include "wording.h"

/* All of it comes from the helper, which a disk may have taken over. */
static void test_kind_is_tame_whatever_is_found(void)
{
	struct medium medium = {
		.hint = "a\x1b[31m",
		.content = "b\n",
		.signature = {
			.type = "c\x1b]0;x\x07\xff",
			.label = "d\xe2\x80\xae",
		},
	};
	char kind[WORDING_LEN];

	CU_ASSERT_STRING_EQUAL(wording_kind(&medium, kind, sizeof(kind)),
			       "b\\x0a, c\\x1b]0;x\\x07\\xff "
			       "\"d\\xe2\\x80\\xae\"");
	medium.content[0] = '\0';
	medium.signature.label[0] = '\0';
	CU_ASSERT_STRING_EQUAL(wording_kind(&medium, kind, sizeof(kind)),
			       "a\\x1b[31m, c\\x1b]0;x\\x07\\xff");
}

static void test_nothing_known_is_unknown(void)
{
	struct medium medium = { .hint = "" };
	char kind[WORDING_LEN];

	CU_ASSERT_STRING_EQUAL(wording_kind(&medium, kind, sizeof(kind)),
			       "unknown");
}

CHECK_SUITE("wording",
	    CHECK(test_kind_is_tame_whatever_is_found),
	    CHECK(test_nothing_known_is_unknown))
