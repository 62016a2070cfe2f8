/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * candidate.h - a personality that would stand on a pass's medium
 *
 * It is one when its category is free, its conditions hold, its filter's module
 * can be loaded, and the filter's probe or the map's scan agrees.
 */
#ifndef FILTERD_CANDIDATE_H
#define FILTERD_CANDIDATE_H

#include "pass.h"

struct candidate {
	size_t at;		/* of the outcome, the failure, the catalogue */
	int score;
	struct module *module;	/* NULL: a partition map */
	const struct helper_scan *scan;	/* NULL: a filter */
};

/* Makes personality @at a candidate, or ends its outcome.  Returns 0, also
   when it was ended; or -ENOMEM or -ECANCELED. */
int candidate_consider(struct pass *pass, size_t at);

/* When all are considered: records where each stands in the order, why before
   another one that has the same score, and whom a changed score put it before.
   0 or -ENOMEM. */
int candidate_place(struct pass *pass);

#endif /* FILTERD_CANDIDATE_H */
