/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-cage.c - what a parser cannot do, even when it has fallen
 *
 * Each deed is tried in a real helper by a module of ours, which returns 0
 * when the kernel refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cage.h"
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
	CU_ASSERT_EQUAL(trial_probe("signals"), 0);
}

static void test_what_is_shared_stays_as_it_is(void)
{
	CU_ASSERT_EQUAL(trial_probe("locks"), 0);
	CU_ASSERT_EQUAL(trial_probe("flags"), 0);
}

/* As a kernel that has none: 0 when the filter is there. */
static int forget_landlock(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
				 SCMP_SYS(landlock_create_ruleset), 0);

	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

/* What the cage without Landlock lets its inmate open: bits. */
static int inmate(const char *mine)
{
	const struct cage cage = {
		.memory = 1ull << 45, .file = 1 << 20, .cpu_s = 10,
		.opens = true, .socket = 3,
	};

	if (forget_landlock() < 0 || cage_enter(&cage) != 1)
		return 64;
	return (open(mine, O_RDONLY) >= 0 ? 1 : 0) |
	       (open(mine, O_WRONLY) >= 0 ? 2 : 0) |
	       (open(mine, O_RDWR) >= 0 ? 4 : 0) |
	       (open("/proc/self/fd/0", O_RDONLY) >= 0 ? 8 : 0);
}

static void test_without_landlock_nothing_opens_for_writing(void)
{
	char mine[] = "/tmp/test-cage-XXXXXX";
	int fd = mkstemp(mine), status = 0;
	pid_t pid;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchmod(fd, 0666), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(fd, STDIN_FILENO);
		_exit(inmate(mine));
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 1 | 8);
	unlink(mine);
	close(fd);
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
	CU_ASSERT_EQUAL(trial_probe("big"), -EDQUOT);
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
		CHECK(test_what_is_shared_stays_as_it_is),
		CHECK(test_without_landlock_nothing_opens_for_writing),
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
