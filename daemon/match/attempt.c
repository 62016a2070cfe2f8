/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.c - see attempt.h
 */
#include <errno.h>

#include "attempt.h"
#include "escape.h"
#include "resources.h"
#include "start.h"
#include "util.h"

/* Who was tried and failed to start in just the same way as @candidate would,
   or NULL: the user is not to be asked or told the same again. */
static const struct outcome *failed_alike(const struct pass *pass,
					  const struct candidate *candidate)
{
	const struct personality *p = pass_personality(pass, candidate->at);

	for (size_t i = 0; candidate->module && i < pass->n; i++) {
		const struct outcome *outcome = &pass->outcomes[i];
		const struct personality *other = outcome->personality;

		if (outcome->step == OUTCOME_START && outcome->attempt != 0 &&
		    streq(other->module, p->module) &&
		    other->read_only == p->read_only &&
		    settings_equal(&other->settings, &p->settings))
			return outcome;
	}
	return NULL;
}

static int end_alike(struct pass *pass, size_t at,
		     const struct outcome *alike)
{
	pass->outcomes[at].alike = alike->personality;
	pass->failures[at] = pass->failures[alike - pass->outcomes];
	return pass_end_failed(pass, at, OUTCOME_START, alike->error);
}

/* Of @at's category, who was tried last and did not start, or NULL. */
static struct outcome *failed_last(const struct pass *pass, size_t at)
{
	const char *category = pass_personality(pass, at)->category;
	struct outcome *last = NULL;

	for (size_t i = 0; i < pass->n; i++) {
		struct outcome *outcome = &pass->outcomes[i];

		if (i != at && outcome->step == OUTCOME_START &&
		    outcome->attempt != 0 &&
		    streq(outcome->personality->category, category) &&
		    (!last || outcome->attempt > last->attempt))
			last = outcome;
	}
	return last;
}

static void tell(const struct pass *pass, const struct outcome *failed)
{
	const struct matcher *matcher = pass->matcher;

	if (matcher->passed_over)
		matcher->passed_over(matcher->arg, pass->medium, failed);
}

/* It is @at's turn, after all that failed in its category. */
static void take_turn(struct pass *pass, size_t at)
{
	struct outcome *failed = failed_last(pass, at);

	pass->outcomes[at].attempt = ++pass->attempts;
	if (!failed)
		return;
	failed->next = pass_personality(pass, at);
	tell(pass, failed);
}

/* @holder, which was not started, would be followed by @at if it failed. */
static void follow(struct pass *pass, size_t at, const struct outcome *holder)
{
	struct outcome *first = &pass->outcomes[holder - pass->outcomes];

	if (first->step == OUTCOME_WOULD_START && !first->next)
		first->next = pass_personality(pass, at);
}

static int start(struct pass *pass, struct candidate *candidate)
{
	struct failure *f = &pass->failures[candidate->at];

	return candidate->scan ? start_map(pass, candidate, f) :
				 start_filter(pass, candidate, f);
}

static enum outcome_step step_of_error(int error)
{
	return error == -ENOKEY || error == -EKEYREJECTED ? OUTCOME_UNLOCK :
							    OUTCOME_START;
}

static bool is_waiting(const struct pass *pass, size_t at, char *missing,
		       size_t len)
{
	const struct condition *wanted = &pass_personality(pass, at)->resources;

	return resources_miss(pass->matcher->resources, wanted->words,
			      wanted->n_words, missing, len);
}

static int try_start(struct pass *pass, struct candidate *candidate)
{
	struct outcome *outcome = &pass->outcomes[candidate->at];
	char why[ESCAPE_LEN(sizeof(candidate->scan->why))] = "";
	char missing[256];
	int r;

	take_turn(pass, candidate->at);
	if (is_waiting(pass, candidate->at, missing, sizeof(missing)))
		return outcome_end(outcome, OUTCOME_WAITING, 0, missing);
	if (candidate->module && module_ops(candidate->module)->prepare &&
	    !pass->matcher->start)
		return outcome_end(outcome, OUTCOME_WOULD_START, 0, "");
	r = start(pass, candidate);
	if (pass_is_fatal(r)) {
		(void)pass_end_failed(pass, candidate->at, OUTCOME_START, r);
		return r;
	}
	if (r < 0)
		return pass_end_failed(pass, candidate->at, step_of_error(r),
				       r);
	if (candidate->scan)
		escape(candidate->scan->why, why, sizeof(why));
	return outcome_end(outcome, OUTCOME_RUNNING, 0, why);
}

int attempt_make(struct pass *pass, struct candidate *candidate)
{
	const struct outcome *holder = pass_holder(pass, candidate->at);
	const struct outcome *alike = failed_alike(pass, candidate);

	if (holder) {
		follow(pass, candidate->at, holder);
		return pass_end_held(pass, candidate->at, OUTCOME_SCORE,
				     holder);
	}
	if (alike)
		return end_alike(pass, candidate->at, alike);
	return try_start(pass, candidate);
}

/* One that failed alone is the medium's error, and told as that. */
static bool is_end_of_row(const struct pass *pass,
			  const struct outcome *outcome)
{
	if (outcome->step != OUTCOME_START || outcome->attempt == 0 ||
	    outcome->next)
		return false;
	for (size_t i = 0; i < pass->n; i++)
		if (pass->outcomes[i].next == outcome->personality)
			return true;
	return false;
}

void attempt_end(const struct pass *pass)
{
	for (size_t i = 0; i < pass->n; i++)
		if (is_end_of_row(pass, &pass->outcomes[i]))
			tell(pass, &pass->outcomes[i]);
}
