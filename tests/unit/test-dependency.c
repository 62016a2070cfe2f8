/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-dependency.c - how a need is written, and which versions meet it
 */
#include <errno.h>

#include "check.h"
#include "dependency.h"

static void test_a_need_is_a_name_and_a_version(void)
{
	struct dependency read;

	CU_ASSERT_EQUAL_FATAL(dependency_parse("base-2 1.2b3", &read), 0);
	CU_ASSERT_STRING_EQUAL(read.name, "base-2");
	CU_ASSERT_STRING_EQUAL(read.version, "1.2b3");
}

static void test_all_else_is_no_need(void)
{
	static const char *const none[] = {
		"", " ", "base", "base ", " 1", "base  1", "base 1 ",
		"base 1.2 or later", "Base 1", "../base 1", "base.so 1",
		"base\t1", "base 1.2.3.4", "base 10000",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1",
	};
	struct dependency read = { .name = "untouched" };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_EQUAL(dependency_parse(none[i], &read), -EINVAL);
	CU_ASSERT_STRING_EQUAL(read.name, "untouched");
}

/* Whether version @version of a module, compatible down to @compatible, serves
   who wants @wanted; the reason if not. */
static bool serves(const char *wanted, const char *compatible,
		   const char *version, const char *why)
{
	const struct filter_ops ops = { .version = version,
					.compatible = compatible };
	struct dependency dependency;
	char need[80], buf[160];
	const char *misfit;

	(void)snprintf(need, sizeof(need), "base %s", wanted);
	CU_ASSERT_EQUAL_FATAL(dependency_parse(need, &dependency), 0);
	misfit = dependency_misfit(&dependency, &ops, buf, sizeof(buf));
	if (misfit)
		CU_ASSERT_PTR_NOT_NULL(strstr(misfit, why));
	return !misfit;
}

static void test_what_was_built_against_lies_in_the_window(void)
{
	static const char window[] = "1.2 to 1.4b2";

	CU_ASSERT_TRUE(serves("1.2", "1.2", "1.4b2", ""));
	CU_ASSERT_TRUE(serves("1.3.9", "1.2", "1.4b2", ""));
	CU_ASSERT_TRUE(serves("1.4b2", "1.2", "1.4b2", ""));
	CU_ASSERT_TRUE(serves("1", "1", "1", ""));
	CU_ASSERT_FALSE(serves("1.1.9999", "1.2", "1.4b2", window));
	CU_ASSERT_FALSE(serves("1.2f1", "1.2", "1.4b2", window));
	CU_ASSERT_FALSE(serves("1.4b3", "1.2", "1.4b2", window));
	CU_ASSERT_FALSE(serves("1.4", "1.2", "1.4b2", window));
	CU_ASSERT_FALSE(serves("2", "1.2", "1.4b2", window));
}

static void test_who_declares_nothing_serves_nobody(void)
{
	CU_ASSERT_FALSE(serves("1.0", NULL, "1.0", "does not say which"));
	CU_ASSERT_FALSE(serves("1.0", "", "1.0", "does not say which"));
	CU_ASSERT_FALSE(serves("1.0", NULL, NULL, "no version of its own"));
	CU_ASSERT_FALSE(serves("1.0", "1.0", NULL, "no version of its own"));
}

static void test_only_what_is_needed_itself_is_named(void)
{
	static const char *const needs[] = { "base 1.0", "base-two 2", NULL };
	const struct filter_ops none = { .needs = NULL };
	const struct filter_ops ops = { .needs = needs };

	CU_ASSERT_TRUE(dependency_named(&ops, "base"));
	CU_ASSERT_TRUE(dependency_named(&ops, "base-two"));
	CU_ASSERT_FALSE(dependency_named(&ops, "base-t"));
	CU_ASSERT_FALSE(dependency_named(&ops, "bas"));
	CU_ASSERT_FALSE(dependency_named(&ops, ""));
	CU_ASSERT_FALSE(dependency_named(&none, "base"));
}

CHECK_SUITE("dependency",
	    CHECK(test_a_need_is_a_name_and_a_version),
	    CHECK(test_all_else_is_no_need),
	    CHECK(test_what_was_built_against_lies_in_the_window),
	    CHECK(test_who_declares_nothing_serves_nobody),
	    CHECK(test_only_what_is_needed_itself_is_named))
