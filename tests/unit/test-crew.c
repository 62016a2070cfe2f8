/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "crew.h"

struct bench {
	struct crew *crew;
	int ends[2];
	atomic_uint inside, most, done, misaligned;
	atomic_bool held;
};

static void process(void *arg, void *message, size_t len)
{
	struct bench *bench = arg;
	unsigned now = atomic_fetch_add(&bench->inside, 1) + 1;
	unsigned most = atomic_load(&bench->most);

	while (now > most &&
	       !atomic_compare_exchange_weak(&bench->most, &most, now))
		;
	if (((uintptr_t)crew_buffer() & 4095) != 0 ||
	    (char *)message + 80 != crew_buffer() || len != 100)
		atomic_fetch_add(&bench->misaligned, 1);
	while (atomic_load(&bench->held))
		(void)usleep(500);
	atomic_fetch_sub(&bench->inside, 1);
	atomic_fetch_add(&bench->done, 1);
}

/* A socket that keeps messages apart is as good as a connection. */
static void bench_open(struct bench *bench, unsigned max, unsigned tick)
{
	*bench = (struct bench){ 0 };
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0,
					 bench->ends), 0);
	CU_ASSERT_EQUAL_FATAL(crew_start(bench->ends[0], max, tick, process,
					 bench, &bench->crew), 0);
}

static void bench_send(struct bench *bench)
{
	char message[100] = "";

	CU_ASSERT_EQUAL(send(bench->ends[1], message, sizeof(message), 0),
			(ssize_t)sizeof(message));
}

static unsigned becomes(atomic_uint *what, unsigned wanted)
{
	for (unsigned i = 0; i < 60000 && atomic_load(what) != wanted; i++)
		(void)usleep(1000);
	return atomic_load(what);
}

static void bench_close(struct bench *bench)
{
	CU_ASSERT_EQUAL(crew_wait(bench->crew, 60), 0);
	crew_free(bench->crew);
	(void)close(bench->ends[0]);
	(void)close(bench->ends[1]);
}

static void test_idle_crew_ends_at_once(void)
{
	struct bench bench;

	bench_open(&bench, 4, 30000);
	bench_close(&bench);
	crew_free(NULL);
}

static void test_payloads_begin_a_page(void)
{
	struct bench bench;

	bench_open(&bench, 4, 30000);
	for (unsigned i = 0; i < 10; i++)
		bench_send(&bench);
	CU_ASSERT_EQUAL(becomes(&bench.done, 10), 10);
	CU_ASSERT_EQUAL(atomic_load(&bench.misaligned), 0);
	CU_ASSERT_PTR_NULL(crew_buffer());
	bench_close(&bench);
}

static void test_workers_are_hired_up_to_the_most(void)
{
	struct bench bench;

	bench_open(&bench, 3, 30000);
	atomic_store(&bench.held, true);
	for (unsigned i = 0; i < 8; i++)
		bench_send(&bench);
	CU_ASSERT_EQUAL(becomes(&bench.inside, 3), 3);
	(void)usleep(20000);
	CU_ASSERT_EQUAL(atomic_load(&bench.most), 3);
	atomic_store(&bench.held, false);
	CU_ASSERT_EQUAL(becomes(&bench.done, 8), 8);
	CU_ASSERT_EQUAL(atomic_load(&bench.most), 3);
	bench_close(&bench);
}

/* To the one who stays; a test that hangs here ends by itself. */
static bool shrinks(struct bench *bench)
{
	for (unsigned i = 0; i < 60000 && crew_size(bench->crew) > 1; i++)
		(void)usleep(1000);
	return crew_size(bench->crew) == 1;
}

/* Idle workers go and come; somebody always receives. */
static void test_idle_workers_leave_and_work_goes_on(void)
{
	struct bench bench;

	bench_open(&bench, 4, 2);
	for (unsigned round = 1; round <= 5; round++) {
		atomic_store(&bench.held, true);
		for (unsigned i = 0; i < 4; i++)
			bench_send(&bench);
		CU_ASSERT_EQUAL(becomes(&bench.inside, 4), 4);
		atomic_store(&bench.held, false);
		CU_ASSERT_EQUAL(becomes(&bench.done, 4 * round), 4 * round);
		CU_ASSERT_TRUE(shrinks(&bench));
	}
	bench_close(&bench);
}

static void test_nobody_leaves_the_last_place(void)
{
	struct bench bench;

	bench_open(&bench, 2, 2);
	atomic_store(&bench.held, true);
	bench_send(&bench);	/* keeps the one that stays */
	CU_ASSERT_EQUAL(becomes(&bench.inside, 1), 1);
	(void)usleep(30000);
	bench_send(&bench);
	CU_ASSERT_EQUAL(becomes(&bench.inside, 2), 2);
	atomic_store(&bench.held, false);
	CU_ASSERT_EQUAL(becomes(&bench.done, 2), 2);
	bench_close(&bench);
}

static void test_stuck_worker_is_not_waited_for(void)
{
	struct bench bench;

	bench_open(&bench, 2, 30000);
	atomic_store(&bench.held, true);
	bench_send(&bench);
	CU_ASSERT_EQUAL(becomes(&bench.inside, 1), 1);
	crew_dismiss(bench.crew);
	bench_send(&bench);
	(void)usleep(5000);
	CU_ASSERT_EQUAL(atomic_load(&bench.inside), 1);
	CU_ASSERT_EQUAL(crew_wait(bench.crew, 0), -ETIMEDOUT);
	atomic_store(&bench.held, false);
	bench_close(&bench);
	CU_ASSERT_EQUAL(atomic_load(&bench.done), 1);
}

static void test_end_of_the_connection_ends_all(void)
{
	struct bench bench;

	bench_open(&bench, 3, 30000);
	bench_send(&bench);
	(void)shutdown(bench.ends[1], SHUT_WR);
	CU_ASSERT_EQUAL(becomes(&bench.done, 1), 1);
	bench_close(&bench);
}

CHECK_SUITE("crew",
	CHECK(test_idle_crew_ends_at_once),
	CHECK(test_payloads_begin_a_page),
	CHECK(test_workers_are_hired_up_to_the_most),
	CHECK(test_idle_workers_leave_and_work_goes_on),
	CHECK(test_nobody_leaves_the_last_place),
	CHECK(test_stuck_worker_is_not_waited_for),
	CHECK(test_end_of_the_connection_ends_all))
