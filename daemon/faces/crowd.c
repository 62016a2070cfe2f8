/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crowd.c - see crowd.h
 *
 * Sums are made when they are needed: that is only when something ran out, and
 * they are over no more than SERVER_MAX_CLIENTS.
 */
#include "crowd.h"

void crowd_join(struct crowd *crowd, struct crowd_member *member)
{
	member->next = crowd->first;
	member->link_to_us = &crowd->first;
	if (member->next)
		member->next->link_to_us = &member->next;
	crowd->first = member;
	crowd->n++;
}

void crowd_leave(struct crowd *crowd, struct crowd_member *member)
{
	*member->link_to_us = member->next;
	if (member->next)
		member->next->link_to_us = member->link_to_us;
	crowd->n--;
}

/* What a member has of a thing that ran out, in the eyes of a newcomer. */
typedef size_t share_fn(const struct crowd_member *member,
			const struct crowd_member *newcomer);

static size_t place_of(const struct crowd_member *member,
		       const struct crowd_member *newcomer)
{
	return member->rank <= newcomer->rank;
}

static size_t weight_of(const struct crowd_member *member,
			const struct crowd_member *newcomer)
{
	(void)newcomer;
	return member->leaving ? 0 : member->weight;
}

/* The user whose members have together the most of it; false: none has any. */
static bool user_with_most(const struct crowd *crowd, share_fn *share,
			   const struct crowd_member *newcomer, uid_t *ret)
{
	size_t most = 0;

	for (struct crowd_member *m = crowd->first; m; m = m->next) {
		size_t sum = 0;

		/* One that begins behind its user's first is only a part. */
		for (struct crowd_member *o = m; o; o = o->next)
			sum += o->uid == m->uid ? share(o, newcomer) : 0;
		if (sum > most) {
			most = sum;
			*ret = m->uid;
		}
	}
	return most > 0;
}

static bool goes_first(const struct crowd_member *a,
		       const struct crowd_member *b)
{
	if (!b)
		return true;
	if (a->busy != b->busy)
		return b->busy;
	return a->active <= b->active;	/* the list begins with the newest */
}

struct crowd_member *crowd_replaced(const struct crowd *crowd,
				    const struct crowd_member *newcomer)
{
	struct crowd_member *found = NULL;
	uid_t most = 0;

	if (!user_with_most(crowd, place_of, newcomer, &most))
		return NULL;
	for (struct crowd_member *m = crowd->first; m; m = m->next)
		if (m->uid == most && place_of(m, newcomer) > 0 &&
		    goes_first(m, found))
			found = m;
	return found->busy && most == newcomer->uid ? NULL : found;
}

size_t crowd_weight(const struct crowd *crowd)
{
	size_t sum = 0;

	for (struct crowd_member *m = crowd->first; m; m = m->next)
		sum += weight_of(m, NULL);
	return sum;
}

struct crowd_member *crowd_heaviest(const struct crowd *crowd)
{
	struct crowd_member *found = NULL;
	uid_t most = 0;

	if (!user_with_most(crowd, weight_of, NULL, &most))
		return NULL;
	for (struct crowd_member *m = crowd->first; m; m = m->next)
		if (m->uid == most &&
		    (!found || weight_of(m, NULL) > weight_of(found, NULL)))
			found = m;
	return found;
}
