/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tally.h - what the levels of the service have done, as the method Stats tells
 * it: all of it, or what was done between two answers
 */
#ifndef FILTERCTL_TALLY_H
#define FILTERCTL_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "failure.h"
#include "histogram.h"

enum { TALLY_READ, TALLY_WRITE, TALLY_FLUSH, TALLY_ZERO, TALLY_DISCARD,
       TALLY_KINDS };

extern const char *const tally_kinds[TALLY_KINDS];	/* "read" ... */

struct tally_count {
	uint64_t count, errors, bytes, ns;
	uint64_t running;			/* now */
	uint64_t times[HISTOGRAM_BUCKETS];
};

/* A level; the texts are the answer's. */
struct tally {
	const char *level, *source, *medium, *filter;
	struct json_object *figures;		/* the filter's own, or NULL */
	struct tally_count kinds[TALLY_KINDS];
};

struct tallies {
	struct json_object *answer;
	uint64_t now;				/* ns of the service's clock */
	struct tally *list;
	size_t n;
};

/* Asks the service for all levels, or those of @name (not NULL).  0, or a
   negative errno said in @f. */
int tallies_ask(const char *name, struct tallies *ret, struct failure *f);
void tallies_clear(struct tallies *tallies);

/*
 * What was done between the two answers, "now" being the nanoseconds between;
 * of what is new, or began anew, all of it.  0 or -ENOMEM; *ret is cleared as
 * the others are.
 */
int tallies_between(const struct tallies *before, const struct tallies *after,
		    struct tallies *ret);

#endif /* FILTERCTL_TALLY_H */
