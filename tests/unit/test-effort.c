/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-effort.c - daemon/helper/effort.c
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "effort.h"

static pid_t start(void (*what)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		what();
		_exit(1);
	}
	CU_ASSERT_TRUE_FATAL(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void spin(void)
{
	for (;;)
		__asm__ volatile("");
}

static void rest(void)
{
	for (;;)
		(void)pause();
}

static void wait_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* However little it is let, in the end it has had its time. */
static void test_who_loops_takes_his_time(void)
{
	struct effort effort;
	uint64_t sum = 0;
	pid_t pid = start(spin);

	effort_begin(&effort, pid);
	for (unsigned i = 0; i < 6000 && sum < 50; i++) {
		wait_ms(10);
		sum += effort_look(&effort);
	}
	CU_ASSERT_TRUE(sum >= 50);
	end(pid);
}

/* As if it were not let run at all: a clock of CPU time that stands still. */
static void test_who_is_not_let_takes_none(void)
{
	struct effort effort;
	pid_t pid = start(spin);

	effort_begin(&effort, pid);
	effort.wall_ms -= 5000;
	effort.cpu_ms += 100000;
	CU_ASSERT_EQUAL(effort_look(&effort), 0);
	end(pid);
}

static void test_who_sleeps_takes_all_of_it(void)
{
	struct effort effort;
	uint64_t took = 0;
	pid_t pid = start(rest);

	/* Until it has gone to sleep. */
	effort_begin(&effort, pid);
	for (unsigned i = 0; i < 6000; i++) {
		effort.wall_ms -= 5000;
		took = effort_look(&effort);
		if (took >= 5000)
			break;
		wait_ms(10);
	}
	CU_ASSERT_TRUE(took >= 5000);
	end(pid);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_who_loops_takes_his_time),
		CHECK(test_who_is_not_let_takes_none),
		CHECK(test_who_sleeps_takes_all_of_it),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "effort", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
