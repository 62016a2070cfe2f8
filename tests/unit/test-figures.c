/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-figures.c - what was counted is what was done
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "check.h"
#include "figures.h"

#define ROUNDS	20000u
#define THREADS	4u

static struct figures figures;

static void count_one(unsigned row, enum figures_kind kind, uint64_t age,
		      uint64_t len, int r)
{
	struct figures_run run;

	figures_begin(&figures, row, kind, figures_now() - age, &run);
	figures_end(&run, len, r);
}

static struct figures_sum sum_of(enum figures_kind kind)
{
	struct figures_sum sum;

	figures_sum(&figures, kind, &sum);
	return sum;
}

static uint64_t all_times(const struct figures_sum *sum)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		all += sum->times[i];
	return all;
}

static void test_rows_are_summed_up_by_kind(void)
{
	struct figures_sum sum;

	CU_ASSERT_EQUAL_FATAL(figures_init(&figures, 3, false), 0);
	count_one(0, FIGURES_READ, 0, 4096, 0);
	count_one(2, FIGURES_READ, 0, 512, 0);
	count_one(2, FIGURES_READ, 0, 512, -EIO);
	count_one(1, FIGURES_FLUSH, 0, 0, 0);
	sum = sum_of(FIGURES_READ);
	CU_ASSERT_EQUAL(sum.ended, 3);
	CU_ASSERT_EQUAL(sum.failed, 1);
	CU_ASSERT_EQUAL(sum.bytes, 4608);
	CU_ASSERT_EQUAL(sum.running, 0);
	CU_ASSERT_EQUAL(all_times(&sum), 3);
	CU_ASSERT_EQUAL(sum_of(FIGURES_FLUSH).ended, 1);
	CU_ASSERT_EQUAL(sum_of(FIGURES_WRITE).ended, 0);
	figures_destroy(&figures);
}

static void test_what_has_not_ended_is_running(void)
{
	struct figures_run a, b;

	CU_ASSERT_EQUAL_FATAL(figures_init(&figures, 2, false), 0);
	figures_begin(&figures, 0, FIGURES_WRITE, figures_now(), &a);
	figures_begin(&figures, 1, FIGURES_WRITE, figures_now(), &b);
	CU_ASSERT_EQUAL(sum_of(FIGURES_WRITE).running, 2);
	CU_ASSERT_EQUAL(sum_of(FIGURES_WRITE).ended, 0);
	figures_end(&a, 512, 0);
	CU_ASSERT_EQUAL(sum_of(FIGURES_WRITE).running, 1);
	figures_end(&b, 512, 0);
	CU_ASSERT_EQUAL(sum_of(FIGURES_WRITE).running, 0);
	figures_destroy(&figures);
}

/* The clock of a loaded machine may have gone on by any amount since, but by
   no less than the request's age. */
static void test_times_are_those_since_the_request_was_made(void)
{
	struct figures_sum sum;
	uint64_t hour = UINT64_C(3600000000000);

	CU_ASSERT_EQUAL_FATAL(figures_init(&figures, 1, false), 0);
	count_one(0, FIGURES_ZERO, hour, 1, 0);
	sum = sum_of(FIGURES_ZERO);
	CU_ASSERT(sum.ns >= hour);
	CU_ASSERT_EQUAL(sum.times[HISTOGRAM_BUCKETS - 1], 1);
	figures_destroy(&figures);
}

struct counter {
	unsigned row;
	atomic_bool *go;
	_Atomic unsigned *done;
};

static void *count_many(void *arg)
{
	const struct counter *counter = arg;

	while (!*counter->go)
		sched_yield();
	for (unsigned i = 0; i < ROUNDS; i++)
		count_one(counter->row, FIGURES_READ, 0, 512,
			  i % 10 == 0 ? -EIO : 0);
	++*counter->done;
	return NULL;
}

/* Nothing that was seen goes back, and nothing ends before it began. */
static void watch(const struct figures_sum *before)
{
	struct figures_sum now = sum_of(FIGURES_READ);

	CU_ASSERT(now.ended >= before->ended);
	CU_ASSERT(now.running <= THREADS);
	CU_ASSERT(now.failed + now.bytes / 512 >= now.ended);
}

static void check_threads(unsigned n_rows, bool shared)
{
	struct counter counters[THREADS];
	pthread_t threads[THREADS];
	struct figures_sum sum = { 0 };
	_Atomic unsigned done = 0;
	atomic_bool go = false;

	CU_ASSERT_EQUAL_FATAL(figures_init(&figures, n_rows, shared), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		counters[i] = (struct counter){ i, &go, &done };
		pthread_create(&threads[i], NULL, count_many, &counters[i]);
	}
	go = true;
	do {
		watch(&sum);
		sum = sum_of(FIGURES_READ);
	} while (done < THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	sum = sum_of(FIGURES_READ);
	CU_ASSERT_EQUAL(sum.ended, THREADS * ROUNDS);
	CU_ASSERT_EQUAL(sum.failed, THREADS * ROUNDS / 10);
	CU_ASSERT_EQUAL(sum.bytes, THREADS * ROUNDS / 10 * 9 * 512);
	CU_ASSERT_EQUAL(sum.running, 0);
	figures_destroy(&figures);
}

static void test_none_is_lost_in_rows_of_their_own(void)
{
	check_threads(THREADS, false);
}

/* More threads than rows: some write to the same. */
static void test_none_is_lost_in_shared_rows(void)
{
	check_threads(THREADS / 2, true);
}

CHECK_SUITE("figures",
	    CHECK(test_rows_are_summed_up_by_kind),
	    CHECK(test_what_has_not_ended_is_running),
	    CHECK(test_times_are_those_since_the_request_was_made),
	    CHECK(test_none_is_lost_in_rows_of_their_own),
	    CHECK(test_none_is_lost_in_shared_rows))
