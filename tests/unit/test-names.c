/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "check.h"
#include "names.h"
#include "util.h"

static struct names names;
static char why[320], warned[512];

static int take(const char *key, const char *value)
{
	static const struct ini_place at = { "x.personality", 7, 3 };

	why[0] = '\0';
	return names_take(&names, key, value, &at, why, sizeof(why));
}

static void test_names_are_found(void)
{
	CU_ASSERT_EQUAL(take("0xDA", "Vault"), 0);
	CU_ASSERT_EQUAL(take("0x83", "Penguin"), 0);
	CU_ASSERT_EQUAL(take("0x1", "Old"), 0);
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xDA"), "Vault");
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xda"), "Vault");
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "Linux"), "Penguin");
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "DOS_FAT_12"),
			       "Old");
	CU_ASSERT_PTR_NULL(names_find(&names, "mbr", "0xDB"));
	CU_ASSERT_PTR_NULL(names_find(&names, "mbr", "Vault"));
	CU_ASSERT_PTR_NULL(names_find(&names, "apple", "Linux"));
	names_clear(&names);
	CU_ASSERT_PTR_NULL(names_find(&names, "mbr", "0xDA"));
}

static void test_last_word_counts(void)
{
	CU_ASSERT_EQUAL(take("0xDA", "A"), 0);
	CU_ASSERT_EQUAL(take("0xDB", "B"), 0);
	CU_ASSERT_EQUAL(take("0xda", "C"), 0);
	CU_ASSERT_EQUAL(names.n, 2);
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xDA"), "C");
	CU_ASSERT_EQUAL(take("0xDB", ""), 0);
	CU_ASSERT_EQUAL(take("0xDC", ""), 0);
	CU_ASSERT_EQUAL(names.n, 1);
	CU_ASSERT_PTR_NULL(names_find(&names, "mbr", "0xDB"));
	names_clear(&names);
}

static void test_keys_are_types(void)
{
	static const char *const keys[] = {
		"", "0x", "0x100", "0xGG", "DA", "218", "Linux", "83",
		"0x00", "0x05", "0x0f", "0x85", "0xEE", "0xDA\x1b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		CU_ASSERT_EQUAL(take(keys[i], "Name"), -EINVAL);
		CU_ASSERT_STRING_NOT_EQUAL(why, "");
		CU_ASSERT_PTR_NULL(strchr(why, '\x1b'));
	}
	CU_ASSERT_EQUAL(names.n, 0);
	CU_ASSERT_EQUAL(take("0x05", "Name"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "holds others"));
}

static void test_values_are_names(void)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ.";
	static const char *const values[] = {
		"two words", "0xDA", "0Xff", "a:b", "\"a\"", "\xc3\xa4", "a/b",
		("abcdefghijklmnopqrstuvwxyz0123456789"
		 "ABCDEFGHIJKLMNOPQRSTUVWXYZ.x"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		CU_ASSERT_EQUAL(take("0xDA", values[i]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "0xDA= expects a name"));
	}
	CU_ASSERT_EQUAL(strlen(longest), NAMES_LEN - 1);
	CU_ASSERT_EQUAL(take("0xDA", longest), 0);
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xDA"), longest);
	names_clear(&names);
}

static void warn(void *arg, const struct ini_place *at, const char *message)
{
	size_t len = strlen(warned);

	(void)arg;
	snprintf(warned + len, sizeof(warned) - len, "%s:%u:%u: %s\n",
		 at->file, at->line, at->column, message);
}

static void test_first_has_the_name(void)
{
	static const struct ini_place at = { "y.personality", 9, 6 };
	struct names more = { 0 };

	CU_ASSERT_EQUAL(take("0xDA", "Vault"), 0);
	CU_ASSERT_EQUAL(take("0xDB", "Same"), 0);
	names_take(&more, "0xDA", "Other", &at, why, sizeof(why));
	names_take(&more, "0xDB", "Same", &at, why, sizeof(why));
	names_take(&more, "0xDC", "New", &at, why, sizeof(why));
	warned[0] = '\0';
	CU_ASSERT_EQUAL(names_merge(&names, &more, warn, NULL), 0);
	CU_ASSERT_STRING_EQUAL(warned, "y.personality:9:6: warning: 0xDA is "
			       "called Vault already, in x.personality:7\n");
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xDA"), "Vault");
	CU_ASSERT_STRING_EQUAL(names_find(&names, "mbr", "0xDC"), "New");
	CU_ASSERT_EQUAL(names.n, 3);
	names_clear(&more);
	names_clear(&names);
}

CHECK_SUITE("names", CHECK(test_names_are_found),
	    CHECK(test_last_word_counts), CHECK(test_keys_are_types),
	    CHECK(test_values_are_names), CHECK(test_first_has_the_name))
