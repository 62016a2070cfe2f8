/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-options.c - a verb's command line
 */
#include <errno.h>

#include "check.h"
#include "options.h"
#include "util.h"

/* What a command line was parsed into. */
struct parsed {
	bool quiet;
	const char *name;
	struct options_list dirs;
	uint64_t number, size, time;
	int first, result;
	struct failure f;
};

static struct parsed parse(char **argv)
{
	struct parsed p = { .number = 7 };
	const struct options_entry entries[] = {
		{ "quiet", 'q', OPTIONS_FLAG, NULL, "", &p.quiet },
		{ "name", 'n', OPTIONS_TEXT, "NAME", "", &p.name },
		{ "dir", 'd', OPTIONS_LIST, "DIR", "", &p.dirs },
		{ "number", 0, OPTIONS_NUMBER, "N", "", &p.number },
		{ "size", 0, OPTIONS_SIZE, "N", "", &p.size },
		{ "time", 0, OPTIONS_TIME, "TIME", "", &p.time },
		{ NULL },
	};
	const struct options_usage usage = { "x", "", "", entries };
	int argc = 0;

	while (argv[argc])
		argc++;
	p.result = options_parse(&usage, argc, argv, &p.first, &p.f);
	return p;
}

#define PARSE(...) parse((char *[]){ (char *)"verb", __VA_ARGS__, NULL })

static void test_every_kind_is_read(void)
{
	struct parsed p = PARSE((char *)"-q", (char *)"--name=a",
				(char *)"-d", (char *)"one",
				(char *)"--number", (char *)"0x10",
				(char *)"--size", (char *)"4K",
				(char *)"--time", (char *)"250ms",
				(char *)"--dir", (char *)"two",
				(char *)"rest");

	CU_ASSERT_EQUAL(p.result, 0);
	CU_ASSERT_TRUE(p.quiet);
	CU_ASSERT_STRING_EQUAL(p.name, "a");
	CU_ASSERT_EQUAL(p.number, 16);
	CU_ASSERT_EQUAL(p.size, 4096);
	CU_ASSERT_EQUAL(p.time, 250);
	CU_ASSERT_EQUAL_FATAL(p.dirs.n, 2);
	CU_ASSERT_STRING_EQUAL(p.dirs.items[0], "one");
	CU_ASSERT_STRING_EQUAL(p.dirs.items[1], "two");
	CU_ASSERT_PTR_NULL(p.dirs.items[2]);
	CU_ASSERT_EQUAL(p.first, 13);
	options_list_clear(&p.dirs);
}

static void test_arguments_may_stand_before_options(void)
{
	struct parsed p = PARSE((char *)"source", (char *)"-q");

	CU_ASSERT_EQUAL(p.result, 0);
	CU_ASSERT_TRUE(p.quiet);
	CU_ASSERT_EQUAL(p.first, 2);
}

static void test_what_is_not_given_stays(void)
{
	struct parsed p = PARSE((char *)"--");

	CU_ASSERT_EQUAL(p.result, 0);
	CU_ASSERT_EQUAL(p.number, 7);
	CU_ASSERT_PTR_NULL(p.name);
}

static void test_a_typing_error_is_guessed(void)
{
	struct parsed p = PARSE((char *)"--nmae=x");

	CU_ASSERT_EQUAL(p.result, -EINVAL);
	CU_ASSERT_EQUAL(p.f.code, EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p.f.text, "--nmae=x"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p.f.hint, "--name"));
}

static void test_bad_values_are_refused(void)
{
	CU_ASSERT_EQUAL(PARSE((char *)"--number", (char *)"1x").result,
			-EINVAL);
	CU_ASSERT_EQUAL(PARSE((char *)"--size", (char *)"much").result,
			-EINVAL);
	CU_ASSERT_EQUAL(PARSE((char *)"--size").result, -EINVAL);
	CU_ASSERT_EQUAL(PARSE((char *)"--quiet=yes").result, -EINVAL);
	CU_ASSERT_EQUAL(PARSE((char *)"-z").result, -EINVAL);
}

static void test_terminal_codes_are_escaped(void)
{
	struct parsed p = PARSE((char *)"--\033[2J");

	CU_ASSERT_EQUAL(p.result, -EINVAL);
	CU_ASSERT_PTR_NULL(strchr(p.f.text, '\033'));
}

CHECK_SUITE("options",
	    CHECK(test_every_kind_is_read),
	    CHECK(test_arguments_may_stand_before_options),
	    CHECK(test_what_is_not_given_stays),
	    CHECK(test_a_typing_error_is_guessed),
	    CHECK(test_bad_values_are_refused),
	    CHECK(test_terminal_codes_are_escaped))
