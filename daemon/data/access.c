/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * access.c - who may open a medium beside whom
 *
 * Only the locks of writers count where there are any; among readers the first
 * one's is kept.  No later opener is judged otherwise by that.
 */
#include <errno.h>

#include "access.h"

#define MAY_WRITE 2

static bool writes(int level)
{
	return (level & MAY_WRITE) != 0;
}

static bool shares(int level)
{
	return (level & ACCESS_SHARED) != 0;
}

/* READ or WRITE, with no more than one lock. */
static bool exists(int level)
{
	int mode = level & ACCESS_WRITE, locks = level & ~ACCESS_WRITE;

	return (mode == ACCESS_READ || mode == ACCESS_WRITE) &&
	       (locks == 0 || locks == ACCESS_SHARED ||
		locks == ACCESS_EXCLUSIVE);
}

int access_join(int held, int wanted)
{
	if (!exists(wanted) || (held != ACCESS_NONE && !exists(held)))
		return -EINVAL;
	if (held == ACCESS_NONE)
		return wanted;
	if ((held | wanted) & ACCESS_EXCLUSIVE)
		return -EBUSY;
	if (writes(held) && writes(wanted) &&
	    !(shares(held) && shares(wanted)))
		return -EBUSY;
	return writes(wanted) ? wanted : held;
}

int access_fold(const int *levels, size_t n)
{
	int all = ACCESS_NONE;

	for (size_t i = 0; i < n; i++) {
		if (levels[i] == ACCESS_NONE)
			continue;
		all = access_join(all, levels[i]);
		if (all < 0)
			break;
	}
	return all;
}

enum access_verdict access_judge(const struct access_question *question,
				 int *ret_error)
{
	int r = access_join(question->held, question->wanted);

	if (r >= 0 && writes(question->wanted) && !question->writable)
		r = -EROFS;
	if (r < 0) {
		*ret_error = r;
		return ACCESS_REFUSED;
	}
	if (!writes(question->wanted) || shares(question->wanted) ||
	    !question->filtered)
		return ACCESS_GRANTED;
	if (!question->filter_holds)
		return ACCESS_TEARDOWN;
	*ret_error = -EBUSY;
	return ACCESS_REFUSED;
}
