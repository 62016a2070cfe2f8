/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outcome.h - what became of a personality on a medium, step by step
 *
 * The matcher writes it down as it goes, so that "why not?" has an answer
 * that was not made up afterwards.
 */
#ifndef FILTERD_OUTCOME_H
#define FILTERD_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

struct condition;
struct personality;

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

/* Notes one more condition and whether it holds.  0 or -ENOMEM. */
int outcome_note(struct outcome *outcome, const struct condition *condition,
		 const char *have, bool holds);

/* Ends with @step and @error; @why is escaped text.  0 or -ENOMEM. */
int outcome_end(struct outcome *outcome, enum outcome_step step, int error,
		const char *why);
int outcome_set_holder(struct outcome *outcome, const char *holder);

const char *outcome_word(enum outcome_step step);	/* "category" ... */

#endif /* FILTERD_OUTCOME_H */
