/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cage.c - what a parser cannot do, even when it has fallen
 *
 * Each deed is tried in a real helper by a module of ours, which returns 0
 * when the kernel refused.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "trial.h"

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void test_no_file_opens(void)
{
	if (has_landlock())
		CU_ASSERT_EQUAL(trial_probe("open"), 0);
	CU_ASSERT_EQUAL(trial_probe("create"), 0);
	CU_ASSERT_NOT_EQUAL(access("/tmp/filterd-trial", F_OK), 0);
}

static void test_memory_files_open_again(void)
{
	CU_ASSERT_EQUAL(trial_probe("open-proc"), 0);
	CU_ASSERT_EQUAL(trial_probe("random"), 0);
}

static void test_no_network(void)
{
	CU_ASSERT_EQUAL(trial_probe("socket"), 0);
}

static void test_no_other_process(void)
{
	CU_ASSERT_EQUAL(trial_probe("run"), 0);
	CU_ASSERT_EQUAL(trial_probe("fork"), 0);
	CU_ASSERT_EQUAL(trial_probe("kill"), 0);
	CU_ASSERT_EQUAL(trial_probe("trace"), 0);
}

static void test_no_new_code(void)
{
	CU_ASSERT_EQUAL(trial_probe("exec-memory"), 0);
}

static void test_no_rights(void)
{
	CU_ASSERT_EQUAL(trial_probe("rights"), 0);
}

static void test_memory_is_bounded(void)
{
#ifndef SANITIZED	/* their shadow needs more than any limit */
	CU_ASSERT_EQUAL(trial_probe("big"), -ENOMEM);
#endif
	CU_ASSERT_EQUAL(trial_probe("many-files"), 0);
	CU_ASSERT_EQUAL(trial_probe("big-file"), 0);
}

static void test_shared_buffer_cannot_shrink(void)
{
	CU_ASSERT_EQUAL(trial_probe("shrink"), 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_no_file_opens),
		CHECK(test_memory_files_open_again),
		CHECK(test_no_network),
		CHECK(test_no_other_process),
		CHECK(test_no_new_code),
		CHECK(test_no_rights),
		CHECK(test_memory_is_bounded),
		CHECK(test_shared_buffer_cannot_shrink),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "cage", trial_init, trial_fini, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
