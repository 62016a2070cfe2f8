/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check.h - one CUnit suite as one test program that speaks TAP
 *
 *	static void test_sums(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *	CHECK_SUITE("sums", CHECK(test_sums))
 *
 * With CHECK_ONLY=test_sums in the environment the others are left out.
 */
#ifndef CHECK_H
#define CHECK_H

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(fn) { #fn, fn }

/* Leaves a test that cannot run here. */
#define CHECK_SKIP(why)							\
	do {								\
		check_skipped = (why);					\
		return;							\
	} while (0)

static const char *check_skipped;

static void check_print(const CU_pTest test, const CU_pSuite suite,
			const CU_pFailureRecord failures)
{
	static unsigned number;

	(void)suite;
	printf("%sok %u - %s%s%s\n", failures ? "not " : "", ++number,
	       test->pName, check_skipped ? " # SKIP " : "",
	       check_skipped ? check_skipped : "");
	check_skipped = NULL;
	for (CU_pFailureRecord f = failures; f; f = f->pNext)
		printf("# %s:%u: %s\n", f->strFileName, f->uiLineNumber,
		       f->strCondition);
	fflush(stdout);
}

/* Leaves out of @tests, which ends with no name, all but the one named so. */
static void check_choose(CU_TestInfo *tests, const char *only)
{
	CU_TestInfo *kept = tests;

	for (; tests->pName; tests++)
		if (strcmp(tests->pName, only) == 0)
			*kept++ = *tests;
	*kept = (CU_TestInfo)CU_TEST_INFO_NULL;
}

static int check_run(CU_SuiteInfo *suites)
{
	const char *only = getenv("CHECK_ONLY");
	unsigned failed = 1;

	for (CU_SuiteInfo *suite = suites; only && suite->pName; suite++)
		check_choose(suite->pTests, only);
	if (CU_initialize_registry() == CUE_SUCCESS &&
	    CU_register_suites(suites) == CUE_SUCCESS) {
		CU_set_test_complete_handler(check_print);
		printf("1..%u\n", CU_get_registry()->uiNumberOfTests);
		fflush(stdout);	/* or a forked child prints it again */
		(void)CU_run_all_tests();
		failed = CU_get_number_of_tests_failed();
	}
	CU_cleanup_registry();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define CHECK_SUITE(title, ...)						\
	int main(void)							\
	{								\
		CU_TestInfo tests[] = { __VA_ARGS__, CU_TEST_INFO_NULL };\
		CU_SuiteInfo suites[] = {				\
			{ title, NULL, NULL, NULL, NULL, tests },	\
			CU_SUITE_INFO_NULL				\
		};							\
									\
		return check_run(suites);				\
	}

#endif /* CHECK_H */
