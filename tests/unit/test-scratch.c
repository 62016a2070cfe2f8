/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-scratch.c - loans that are aligned, lie apart and stay where they are
 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "scratch.h"

#define LOANS	40u

static void test_loans_lie_apart(void)
{
	size_t mark = scratch_mark(), lens[LOANS];
	unsigned char *loans[LOANS];

	for (unsigned i = 0; i < LOANS; i++) {
		lens[i] = 1 + (size_t)i * i * 300;	/* to half a MiB */
		loans[i] = scratch_take(lens[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(loans[i]);
		CU_ASSERT_EQUAL((uintptr_t)loans[i] % SCRATCH_ALIGN, 0);
		memset(loans[i], (int)i, lens[i]);
	}
	for (unsigned i = 0; i < LOANS; i++)
		for (size_t j = 0; j < lens[i]; j++)
			if (loans[i][j] != i)
				CU_FAIL_FATAL("two loans share memory");
	scratch_release(mark);
}

static void test_what_was_given_back_is_lent_again(void)
{
	size_t mark = scratch_mark(), inner;
	void *first = scratch_take(100), *second, *again;

	inner = scratch_mark();
	second = scratch_take(5000);
	scratch_release(inner);
	again = scratch_take(5000);
	CU_ASSERT_PTR_EQUAL(second, again);
	CU_ASSERT_PTR_NOT_EQUAL(first, second);
	scratch_release(mark);
	CU_ASSERT_PTR_EQUAL(scratch_take(1), first);
	scratch_release(mark);
}

static void test_a_long_loan_does_not_move_the_others(void)
{
	size_t mark = scratch_mark();
	unsigned char *small = scratch_take(4096), *large, *after;

	memset(small, 1, 4096);
	large = scratch_take((size_t)9 << 20);
	CU_ASSERT_PTR_NOT_NULL_FATAL(large);
	memset(large, 2, (size_t)9 << 20);
	after = scratch_take(4096);
	memset(after, 3, 4096);
	CU_ASSERT_EQUAL(small[0] + small[4095], 2);
	CU_ASSERT_EQUAL(large[0] + large[((size_t)9 << 20) - 1], 4);
	scratch_release(mark);
	CU_ASSERT_EQUAL(scratch_reserve((size_t)9 << 20), 0);
	CU_ASSERT_EQUAL(scratch_mark(), mark);
	CU_ASSERT_PTR_EQUAL(scratch_take((size_t)9 << 20), large);
	scratch_release(mark);
}

static void test_what_cannot_be_had_is_refused(void)
{
	size_t mark = scratch_mark();

	CU_ASSERT_PTR_NULL(scratch_take(SIZE_MAX));
	CU_ASSERT_NOT_EQUAL(scratch_reserve(SIZE_MAX - 4096), 0);
	CU_ASSERT_EQUAL(scratch_mark(), mark);
}

static void *take_elsewhere(void *arg)
{
	void *mine = scratch_take(4096);

	if (mine)
		memset(mine, 9, 4096);
	*(void **)arg = mine;
	return NULL;
}

static void test_each_thread_has_its_own(void)
{
	size_t mark = scratch_mark();
	unsigned char *mine = scratch_take(4096);
	void *theirs = NULL;
	pthread_t thread;

	memset(mine, 8, 4096);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, take_elsewhere,
					     &theirs), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_PTR_NOT_NULL(theirs);
	CU_ASSERT_PTR_NOT_EQUAL(theirs, mine);
	CU_ASSERT_EQUAL(mine[0] + mine[4095], 16);
	scratch_release(mark);
}

CHECK_SUITE("scratch",
	    CHECK(test_loans_lie_apart),
	    CHECK(test_what_was_given_back_is_lent_again),
	    CHECK(test_a_long_loan_does_not_move_the_others),
	    CHECK(test_what_cannot_be_had_is_refused),
	    CHECK(test_each_thread_has_its_own))
