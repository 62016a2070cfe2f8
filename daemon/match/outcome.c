/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outcome.c - see outcome.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "escape.h"
#include "outcome.h"
#include "personality.h"
#include "util.h"

static void clear_condition(struct outcome_condition *condition)
{
	free(condition->key);
	free(condition->want);
	free(condition->have);
	free(condition->file);
}

void outcome_clear(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_conditions; i++)
		clear_condition(&outcome->conditions[i]);
	free(outcome->conditions);
	free(outcome->overtook);
	free(outcome->why);
	free(outcome->holder);
	free(outcome->holder_filter);
	personality_unref(outcome->personality);
	*outcome = (struct outcome){ 0 };
}

/* The words as they would be typed, escaped; NULL: out of memory. */
static char *words_as_text(char *const *words, size_t n)
{
	char *text = calloc(1, 1);

	for (size_t i = 0; text && i < n; i++) {
		char *word = escape_dup(words[i]);
		bool quote = word && (word[0] == '\0' || strchr(word, ' '));
		size_t len = strlen(text);
		char *more = NULL;

		if (word)
			more = realloc(text, len + strlen(word) + 4);
		if (!more) {
			free(word);
			free(text);
			return NULL;
		}
		text = more;
		sprintf(text + len, "%s%s%s%s", i > 0 ? " " : "",
			quote ? "\"" : "", word, quote ? "\"" : "");
		free(word);
	}
	return text;
}

int outcome_note(struct outcome *outcome, const struct condition *condition,
		 const char *have, bool holds)
{
	struct outcome_condition *more, note = {
		.key = strdup(condition->key),
		.want = words_as_text(condition->words, condition->n_words),
		.have = strdup(have),
		.file = strdup(condition->file),
		.line = condition->line,
		.holds = holds,
	};

	more = reallocarray(outcome->conditions, outcome->n_conditions + 1,
			    sizeof(*more));
	if (more)
		outcome->conditions = more;
	if (!more || !note.key || !note.want || !note.have || !note.file) {
		clear_condition(&note);
		return -ENOMEM;
	}
	more[outcome->n_conditions++] = note;
	return 0;
}

int outcome_end(struct outcome *outcome, enum outcome_step step, int error,
		const char *why)
{
	int r = set_text(&outcome->why, why);

	if (r < 0)
		return r;
	outcome->step = step;
	outcome->error = error;
	return 0;
}

int outcome_set_holder(struct outcome *outcome, const struct outcome *holder)
{
	outcome->holder_score_before = holder->score_before;
	outcome->holder_score = holder->score;
	if (set_text(&outcome->holder_filter,
		     or_empty(holder->personality->module)) < 0)
		return -ENOMEM;
	return set_text(&outcome->holder, holder->personality->name);
}

int outcome_overtake(struct outcome *outcome,
		     const struct personality *other)
{
	const struct personality **more;

	more = reallocarray(outcome->overtook, outcome->n_overtook + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[outcome->n_overtook++] = other;
	outcome->overtook = more;
	return 0;
}

void outcome_forget_start(struct outcome *outcome)
{
	free(outcome->overtook);
	outcome->overtook = NULL;
	outcome->n_overtook = 0;
	outcome->place = outcome->attempt = 0;
	outcome->tie = OUTCOME_NO_TIE;
	outcome->tied = outcome->alike = outcome->next = NULL;
}

const char *outcome_word(enum outcome_step step)
{
	static const char *const words[] = {
		[OUTCOME_CATEGORY] = "category",
		[OUTCOME_MATCH] = "match",
		[OUTCOME_MODULE] = "module",
		[OUTCOME_DEPTH] = "depth",
		[OUTCOME_PROBE] = "probe",
		[OUTCOME_SCORE] = "score",
		[OUTCOME_UNLOCK] = "unlock",
		[OUTCOME_START] = "start",
		[OUTCOME_WAITING] = "waiting",
		[OUTCOME_WOULD_START] = "would-start",
		[OUTCOME_RUNNING] = "running",
	};

	return words[step];
}

const char *outcome_tie_word(enum outcome_tie tie)
{
	static const char *const words[] = {
		[OUTCOME_NO_TIE] = "",
		[OUTCOME_TIE_PROBE] = "probe",
		[OUTCOME_TIE_MAP] = "map",
		[OUTCOME_TIE_FILE] = "file",
	};

	return words[tie];
}
