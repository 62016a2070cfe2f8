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
	OUTCOME_WAITING,	/* for what nobody has published yet */
	OUTCOME_WOULD_START,	/* all holds; nothing is started here */
	OUTCOME_RUNNING,
};

/* Why, of two personalities whose scores are equal, one came first. */
enum outcome_tie {
	OUTCOME_NO_TIE,
	OUTCOME_TIE_PROBE,	/* its score was higher before the probes */
	OUTCOME_TIE_MAP,	/* maps come first, in an order of their own */
	OUTCOME_TIE_FILE,	/* the names of their files */
};

struct outcome_condition {
	char *key, *want, *have, *file;
	unsigned line;
	bool holds;
};

struct outcome {
	const struct personality *personality;	/* a reference */
	enum outcome_step step;
	struct outcome_condition *conditions;	/* up to the first cross */
	size_t n_conditions;
	int score_before, score;
	int error;		/* negative errno of the step, or 0 */
	char *why;		/* in words, escaped; "" if none */
	char *holder;		/* CATEGORY and SCORE: who has it */
	char *holder_filter;	/* and its filter; "": a map */
	int holder_score_before, holder_score;

	/* Of one that may start; others are those of its category, and live as
	   long as the catalogue that was matched with. */
	unsigned place;		/* from 1, in order of score; 0: it may not */
	enum outcome_tie tie;
	const struct personality *tied;		/* who came first in the tie */
	const struct personality **overtook;	/* whom it comes before since
						   a probe changed a score */
	size_t n_overtook;
	unsigned attempt;	/* from 1, of the starts on the medium; 0: it
				   was not tried */
	const struct personality *alike;	/* not tried: this one failed
						   in just the same way */
	const struct personality *next;		/* tried when it failed; of
						   WOULD_START: would be */
};

void outcome_clear(struct outcome *outcome);

/* Notes one more condition and whether it holds.  0 or -ENOMEM. */
int outcome_note(struct outcome *outcome, const struct condition *condition,
		 const char *have, bool holds);

/* Ends with @step and @error; @why is escaped text.  0 or -ENOMEM. */
int outcome_end(struct outcome *outcome, enum outcome_step step, int error,
		const char *why);
int outcome_set_holder(struct outcome *outcome, const struct outcome *holder);

/* Notes that a probe put it before @other.  0 or -ENOMEM. */
int outcome_overtake(struct outcome *outcome,
		     const struct personality *other);

/* Forgets how it came to stand: that is of another pass. */
void outcome_forget_start(struct outcome *outcome);

const char *outcome_word(enum outcome_step step);	/* "category" ... */
const char *outcome_tie_word(enum outcome_tie tie);	/* "", "probe" ... */

#endif /* FILTERD_OUTCOME_H */
