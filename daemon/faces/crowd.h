/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crowd.h - all who are connected, and who has to go when they are too many
 *
 * Two things are shared: places and memory.  Neither is divided beforehand.
 * When one runs out, it is taken from the user who has most of it, so that
 * nobody, however many connections he opens, keeps another one out; and never
 * a place from somebody of a higher rank.
 */
#ifndef FILTERD_CROWD_H
#define FILTERD_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct crowd_member {
	uid_t uid;
	int rank;		/* who has a lower one makes room for him */
	bool busy;		/* waits for an answer */
	bool leaving;		/* was told to go: weighs nothing any more */
	uint64_t active;	/* when it did something last; any rising number */
	size_t weight;		/* bytes */
	struct crowd_member *next, **link_to_us;
};

/* Zeroed, it is empty. */
struct crowd {
	struct crowd_member *first;
	size_t n;
};

/* @member, whose fields are set, stays the caller's. */
void crowd_join(struct crowd *crowd, struct crowd_member *member);
void crowd_leave(struct crowd *crowd, struct crowd_member *member);

/*
 * Who gives his place to @newcomer, of whom uid and rank are looked at: of the
 * user who has most the one that has been idle longest, or where all are busy
 * the one that has been silent longest.  NULL: nobody, since that is the
 * newcomer's own user and all his are busy, or all are of a higher rank.
 */
struct crowd_member *crowd_replaced(const struct crowd *crowd,
				    const struct crowd_member *newcomer);

/* Bytes of all together, and the heaviest of the user whose are the heaviest
   together; NULL: none weighs anything. */
size_t crowd_weight(const struct crowd *crowd);
struct crowd_member *crowd_heaviest(const struct crowd *crowd);

#endif /* FILTERD_CROWD_H */
