/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-access.c - the whole table of who may open a medium beside whom
 */
#include <errno.h>

#include "check.h"
#include "access.h"

#define NO	(-EBUSY)
#define R	ACCESS_READ
#define W	ACCESS_WRITE
#define RS	(ACCESS_READ | ACCESS_SHARED)
#define WS	(ACCESS_WRITE | ACCESS_SHARED)
#define RX	(ACCESS_READ | ACCESS_EXCLUSIVE)
#define WX	(ACCESS_WRITE | ACCESS_EXCLUSIVE)

#define LEVELS	7

/* In the order of the columns below. */
static const int levels[LEVELS] = { ACCESS_NONE, R, W, RS, WS, RX, WX };

/* As it was decoded from IOMedia::handleOpen, cell by cell. */
static const struct {
	int wanted;
	int all[LEVELS];
} table[] = {
	/*        none   R   W  RS  WS  RX  WX  held */
	{ R,  {      R,  R,  W, RS, WS, NO, NO } },
	{ W,  {      W,  W, NO,  W, NO, NO, NO } },
	{ RS, {     RS,  R,  W, RS, WS, NO, NO } },
	{ WS, {     WS, WS, NO, WS, WS, NO, NO } },
	{ RX, {     RX, NO, NO, NO, NO, NO, NO } },
	{ WX, {     WX, NO, NO, NO, NO, NO, NO } },
};

#define ROWS	(sizeof(table) / sizeof(*table))

static void test_every_cell(void)
{
	for (size_t row = 0; row < ROWS; row++)
		for (size_t held = 0; held < LEVELS; held++)
			CU_ASSERT_EQUAL(access_join(levels[held],
						    table[row].wanted),
					table[row].all[held]);
}

static bool is_level(int level)
{
	for (size_t i = 1; i < LEVELS; i++)
		if (levels[i] == level)
			return true;
	return false;
}

static void test_every_number_that_is_no_level(void)
{
	for (int level = -1; level < 32; level++) {
		if (is_level(level))
			continue;
		CU_ASSERT_EQUAL(access_join(ACCESS_NONE, level), -EINVAL);
		if (level != ACCESS_NONE)
			CU_ASSERT_EQUAL(access_join(level, ACCESS_READ),
					-EINVAL);
	}
}

/* Two users that may be there together may come in either order, and a third
   is judged alike. */
static void check_order(int a, int b, int third)
{
	const int ab[] = { a, b, third }, ba[] = { b, a, third };
	int one = access_fold(ab, 3), other = access_fold(ba, 3);

	CU_ASSERT_EQUAL(one < 0, other < 0);
	if (one >= 0)
		CU_ASSERT_EQUAL(one & ACCESS_WRITE, other & ACCESS_WRITE);
}

static void test_the_order_of_coming_changes_nobodys_right(void)
{
	for (size_t a = 0; a < LEVELS; a++)
		for (size_t b = 0; b < LEVELS; b++)
			for (size_t c = 0; c < LEVELS; c++)
				check_order(levels[a], levels[b], levels[c]);
}

static void test_many_users_together(void)
{
	const int sharing[] = { WS, ACCESS_NONE, R, WS, RS };
	const int clash[] = { R, W, WS };

	CU_ASSERT_EQUAL(access_fold(sharing, 5), WS);
	CU_ASSERT_EQUAL(access_fold(clash, 3), -EBUSY);
	CU_ASSERT_EQUAL(access_fold(clash, 2), W);
	CU_ASSERT_EQUAL(access_fold(NULL, 0), ACCESS_NONE);
}

/* @want: the verdict, or the errno of a refusal. */
static void check_judge(struct access_question question, int want)
{
	int error = 0;
	enum access_verdict verdict = access_judge(&question, &error);

	CU_ASSERT_EQUAL(verdict, want < 0 ? ACCESS_REFUSED :
					    (enum access_verdict)want);
	CU_ASSERT_EQUAL(error, want < 0 ? want : 0);
}

static void test_an_idle_filter_gives_way_to_a_plain_writer(void)
{
	struct access_question q = { .wanted = W, .writable = true,
				     .filtered = true };

	check_judge(q, ACCESS_TEARDOWN);
	q.held = R;			/* a raw reader does not hinder it */
	check_judge(q, ACCESS_TEARDOWN);
	q.filter_holds = true;
	check_judge(q, -EBUSY);
	q.filtered = q.filter_holds = false;
	check_judge(q, ACCESS_GRANTED);
}

static void test_readers_and_sharers_leave_the_filter_alone(void)
{
	struct access_question q = { .wanted = R, .writable = true,
				     .filtered = true, .filter_holds = true,
				     .held = W };

	check_judge(q, ACCESS_GRANTED);
	q.wanted = WS;
	check_judge(q, -EBUSY);
	q.held = WS;
	check_judge(q, ACCESS_GRANTED);
	q.wanted = RX;
	check_judge(q, -EBUSY);
}

static void test_nobody_writes_to_what_is_read_only(void)
{
	struct access_question q = { .wanted = W, .filtered = true };

	check_judge(q, -EROFS);
	q.wanted = WX;
	check_judge(q, -EROFS);
	q.wanted = RX;
	check_judge(q, ACCESS_GRANTED);
	q.wanted = 2;
	check_judge(q, -EINVAL);
}

CHECK_SUITE("access",
	    CHECK(test_every_cell),
	    CHECK(test_every_number_that_is_no_level),
	    CHECK(test_the_order_of_coming_changes_nobodys_right),
	    CHECK(test_many_users_together),
	    CHECK(test_an_idle_filter_gives_way_to_a_plain_writer),
	    CHECK(test_readers_and_sharers_leave_the_filter_alone),
	    CHECK(test_nobody_writes_to_what_is_read_only))
