/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-barrier.c - merged flushes: few of them, and none that began too early
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "barrier.h"
#include "check.h"

#define CALLERS	6u

static struct barrier barrier;
static _Atomic uint64_t written, flushed;	/* a counter for a disk */
static _Atomic unsigned runs, running, overlaps;
static atomic_bool hold;
static _Atomic int result;

static int slow_flush(void *arg)
{
	uint64_t now = written;		/* later writes may miss it */

	(void)arg;
	overlaps += running++ > 0;
	runs++;
	while (hold)
		sched_yield();
	for (unsigned i = 0; i < 20; i++)
		sched_yield();
	if (flushed < now)
		flushed = now;
	running--;
	return result;
}

static void reset(void)
{
	CU_ASSERT_EQUAL_FATAL(barrier_init(&barrier), 0);
	written = flushed = 0;
	runs = running = overlaps = 0;
	hold = false;
	result = 0;
}

static void *write_and_flush(void *arg)
{
	unsigned *failures = arg;

	for (unsigned i = 0; i < 200; i++) {
		uint64_t mine = ++written;

		if (barrier_pass(&barrier, slow_flush, NULL) < 0 ||
		    flushed < mine)
			++*failures;
	}
	return NULL;
}

static void test_what_was_written_before_is_flushed(void)
{
	pthread_t threads[CALLERS];
	unsigned failures[CALLERS] = { 0 };

	reset();
	for (unsigned i = 0; i < CALLERS; i++)
		pthread_create(&threads[i], NULL, write_and_flush,
			       &failures[i]);
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(failures[i], 0);
	}
	CU_ASSERT_EQUAL(overlaps, 0);
	CU_ASSERT(runs < CALLERS * 200);
	barrier_destroy(&barrier);
}

static void *flush_once(void *arg)
{
	*(int *)arg = barrier_pass(&barrier, slow_flush, NULL);
	return NULL;
}

static unsigned n_waiting(void)
{
	unsigned n = 0;

	pthread_mutex_lock(&barrier.lock);
	for (struct barrier_caller *at = barrier.waiting; at; at = at->next)
		n++;
	pthread_mutex_unlock(&barrier.lock);
	return n;
}

/* Of seven callers one runs, and the six that came meanwhile share the next:
   the result of each is that of its own flush. */
static void test_all_who_wait_share_one_flush(void)
{
	pthread_t first, threads[CALLERS];
	int early = 1, late[CALLERS];

	reset();
	hold = true;
	pthread_create(&first, NULL, flush_once, &early);
	while (runs == 0)
		sched_yield();
	/* Who comes from here on is too late for this one. */
	CU_ASSERT_EQUAL(n_waiting(), 0);
	for (unsigned i = 0; i < CALLERS; i++)
		pthread_create(&threads[i], NULL, flush_once, &late[i]);
	while (n_waiting() < CALLERS)
		sched_yield();
	CU_ASSERT_EQUAL(runs, 1);
	hold = false;
	pthread_join(first, NULL);
	for (unsigned i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(late[i], 0);
	}
	CU_ASSERT_EQUAL(early, 0);
	CU_ASSERT_EQUAL(runs, 2);
	barrier_destroy(&barrier);
}

static void test_a_failure_reaches_all_it_served_and_no_other(void)
{
	pthread_t threads[2];
	int results[2] = { 1, 1 };

	reset();
	result = -EIO;
	hold = true;
	pthread_create(&threads[0], NULL, flush_once, &results[0]);
	while (runs == 0)
		sched_yield();
	pthread_create(&threads[1], NULL, flush_once, &results[1]);
	while (n_waiting() < 1)
		sched_yield();
	hold = false;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	CU_ASSERT_EQUAL(results[0], -EIO);
	CU_ASSERT_EQUAL(results[1], -EIO);
	CU_ASSERT_EQUAL(runs, 2);
	result = 0;
	CU_ASSERT_EQUAL(barrier_pass(&barrier, slow_flush, NULL), 0);
	CU_ASSERT_EQUAL(runs, 3);
	barrier_destroy(&barrier);
}

CHECK_SUITE("barrier",
	    CHECK(test_what_was_written_before_is_flushed),
	    CHECK(test_all_who_wait_share_one_flush),
	    CHECK(test_a_failure_reaches_all_it_served_and_no_other))
