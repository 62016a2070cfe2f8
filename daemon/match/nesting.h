/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nesting.h - on which media a partition map is looked for
 *
 * On whole media each.  In a partition of a GPT, an MBR or an Apple map: one
 * that the partition's type announces; and a GPT, an MBR or an Apple map with
 * a driver map as a guest, where nothing else is found in the partition.  There
 * a map counts a tenth of its score, and a guest a hundredth, so that a filter
 * that somebody wants there comes first, and what is announced before guests.
 */
#ifndef FILTERD_NESTING_H
#define FILTERD_NESTING_H

#include "medium.h"

#define NESTING_DEPTH 4		/* maps in each other, on one whole medium */
#define NESTING_MEDIA 1024	/* in a tree that still takes nested maps */

/* Bytes from the beginning of the disk that the medium is a partition of. */
uint64_t nesting_base(const struct medium *medium);

/* Whether any map may be on @medium, of which nothing is known yet. */
bool nesting_is_possible(struct medium *medium);

/* Why @scheme is not looked for on @medium, escaped; NULL: it is. */
const char *nesting_why_not(struct medium *medium,
			    const struct scheme *scheme, char buf[128]);

/* Whether nothing but its own bytes speaks for @scheme on @medium: if they are
   damaged, it is none. */
bool nesting_is_guess(const struct medium *medium,
		      const struct scheme *scheme);

/* What @score of a map counts on @medium. */
int nesting_score(const struct medium *medium, const struct scheme *scheme,
		  int score);

#endif /* FILTERD_NESTING_H */
