/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-crowd.c - who goes when there is no room
 */
#include "check.h"
#include "crowd.h"
#include "util.h"

#define ROOT 2			/* ranks */
#define USER 0

static struct crowd crowd;

static void join(struct crowd_member *members, size_t n)
{
	crowd = (struct crowd){ 0 };
	for (size_t i = 0; i < n; i++)
		crowd_join(&crowd, &members[i]);
	CU_ASSERT_EQUAL(crowd.n, n);
}

/* The index of who makes room for @uid; -1: nobody. */
static int replaced(const struct crowd_member *members, uid_t uid, int rank)
{
	struct crowd_member newcomer = { .uid = uid, .rank = rank };
	struct crowd_member *found = crowd_replaced(&crowd, &newcomer);

	return found ? (int)(found - members) : -1;
}

static void test_the_user_with_most_makes_room(void)
{
	struct crowd_member members[] = {
		{ .uid = 1, .active = 1 },
		{ .uid = 2, .active = 9 },
		{ .uid = 2, .active = 8 },
		{ .uid = 3, .active = 2 },
	};

	join(members, ARRAY_SIZE(members));
	CU_ASSERT_EQUAL(replaced(members, 1, USER), 2);
	CU_ASSERT_EQUAL(replaced(members, 2, USER), 2);
	CU_ASSERT_EQUAL(replaced(members, 7, USER), 2);
	CU_ASSERT_EQUAL(replaced(members, 0, ROOT), 2);
}

static void test_who_waits_for_an_answer_goes_last(void)
{
	struct crowd_member members[] = {
		{ .uid = 2, .active = 1, .busy = true },
		{ .uid = 2, .active = 9 },
		{ .uid = 2, .active = 2, .busy = true },
	};

	join(members, ARRAY_SIZE(members));
	CU_ASSERT_EQUAL(replaced(members, 1, USER), 1);
	members[1].busy = true;
	CU_ASSERT_EQUAL(replaced(members, 1, USER), 0);
	/* His own users' calls are not given up for one more. */
	CU_ASSERT_EQUAL(replaced(members, 2, USER), -1);
}

static void test_nobody_makes_room_for_a_lower_rank(void)
{
	struct crowd_member members[] = {
		{ .uid = 0, .rank = ROOT },
		{ .uid = 0, .rank = ROOT },
		{ .uid = 0, .rank = ROOT },
		{ .uid = 5, .rank = USER, .busy = true },
	};

	join(members, ARRAY_SIZE(members));
	CU_ASSERT_EQUAL(replaced(members, 6, USER), 3);
	CU_ASSERT_EQUAL(replaced(members, 5, USER), -1);
	crowd_leave(&crowd, &members[3]);
	CU_ASSERT_EQUAL(replaced(members, 6, USER), -1);
	CU_ASSERT_EQUAL(replaced(members, 0, ROOT), 0);
}

static void test_the_heaviest_of_the_heaviest_user_goes(void)
{
	struct crowd_member members[] = {
		{ .uid = 1, .weight = 900 },
		{ .uid = 2, .weight = 400 },
		{ .uid = 2, .weight = 300 },
		{ .uid = 2, .weight = 300 },
	};

	join(members, ARRAY_SIZE(members));
	CU_ASSERT_EQUAL(crowd_weight(&crowd), 1900);
	CU_ASSERT_PTR_EQUAL(crowd_heaviest(&crowd), &members[1]);
	members[1].leaving = true;
	CU_ASSERT_EQUAL(crowd_weight(&crowd), 1500);
	CU_ASSERT_PTR_EQUAL(crowd_heaviest(&crowd), &members[0]);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		members[i].leaving = true;
	CU_ASSERT_EQUAL(crowd_weight(&crowd), 0);
	CU_ASSERT_PTR_NULL(crowd_heaviest(&crowd));
}

static void test_who_leaves_counts_no_more(void)
{
	struct crowd_member members[3] = { { .uid = 1 }, { .uid = 2 },
					   { .uid = 2 } };

	join(members, ARRAY_SIZE(members));
	crowd_leave(&crowd, &members[1]);
	crowd_leave(&crowd, &members[2]);
	CU_ASSERT_EQUAL(crowd.n, 1);
	CU_ASSERT_EQUAL(replaced(members, 2, USER), 0);
	crowd_leave(&crowd, &members[0]);
	CU_ASSERT_EQUAL(crowd.n, 0);
	CU_ASSERT_PTR_NULL(crowd.first);
}

CHECK_SUITE("crowd",
	    CHECK(test_the_user_with_most_makes_room),
	    CHECK(test_who_waits_for_an_answer_goes_last),
	    CHECK(test_nobody_makes_room_for_a_lower_rank),
	    CHECK(test_the_heaviest_of_the_heaviest_user_goes),
	    CHECK(test_who_leaves_counts_no_more))
