/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * catalogue.h - all personalities, and what became of each on each medium
 */
#ifndef FILTERD_CATALOGUE_H
#define FILTERD_CATALOGUE_H

#include "personality.h"

struct catalogue;

/* NULL: out of memory.  Holds the partition schemes from the start. */
struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *catalogue);

/*
 * Reads *.personality from @dirs (highest first, the last is NULL; one that is
 * not there is passed over): the same file name in a higher directory
 * replaces, an empty file or a link to /dev/null masks, NAME.personality.d/
 * *.conf of all directories are merged by base name.  Faults go to @error; a
 * faulty personality is left out, the others live.  Returns the number of
 * faulty ones, or a negative errno.
 */
int catalogue_load(struct catalogue *catalogue, const char *const *dirs,
		   ini_error_fn *error, void *arg);

/* Takes @personality.  0 or -ENOMEM (it is freed). */
int catalogue_add(struct catalogue *catalogue,
		  struct personality *personality);

/* Highest score first, equal ones in the order they came. */
size_t catalogue_count(const struct catalogue *catalogue);
const struct personality *catalogue_at(const struct catalogue *catalogue,
				       size_t i);

/* The last step that a personality reached on a medium. */
enum outcome_step {
	OUTCOME_CATEGORY,	/* skipped: the category is held */
	OUTCOME_MATCH,		/* a condition does not hold */
	OUTCOME_MODULE,		/* the filter cannot be loaded */
	OUTCOME_DEPTH,		/* too many filters stacked */
	OUTCOME_PROBE,		/* the filter or map says: not mine */
	OUTCOME_SCORE,		/* another one won the category */
	OUTCOME_UNLOCK,		/* no or wrong key */
	OUTCOME_START,		/* start failed; the next was tried */
	OUTCOME_WOULD_START,	/* all holds; nothing is started here */
	OUTCOME_RUNNING,
};

struct outcome_condition {
	char *key, *want, *have, *file;
	unsigned line;
	bool holds;
};

struct outcome {
	const struct personality *personality;	/* the catalogue's */
	enum outcome_step step;
	struct outcome_condition *conditions;	/* up to the first cross */
	size_t n_conditions;
	int score_before, score;
	int error;		/* negative errno of the step, or 0 */
	char *why;		/* in words, escaped; "" if none */
	char *holder;		/* CATEGORY and SCORE: who has it */
};

void outcome_clear(struct outcome *outcome);
const char *outcome_word(enum outcome_step step);	/* "category" ... */

#endif /* FILTERD_CATALOGUE_H */
