/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pass.c - see pass.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "attempt.h"
#include "candidate.h"
#include "cleanup.h"
#include "events.h"
#include "nesting.h"
#include "pass.h"
#include "source.h"
#include "util.h"

const struct personality *pass_personality(const struct pass *pass, size_t at)
{
	return pass->outcomes[at].personality;
}

static void pass_clear(struct pass *pass)
{
	for (size_t i = 0; i < pass->n_candidates; i++)
		module_put(pass->candidates[i].module);
	for (size_t i = 0; i < pass->n; i++)
		outcome_clear(&pass->outcomes[i]);
	helper_examined_clear(&pass->examined);
	free(pass->candidates);
	free(pass->outcomes);
	free(pass->failures);
}

static struct outcome *outcome_of(struct pass *pass,
				  const struct personality *personality)
{
	for (size_t i = 0; i < pass->n; i++)
		if (personality_is(pass->outcomes[i].personality, personality))
			return &pass->outcomes[i];
	return NULL;
}

/* Who stands on the medium when the pass begins goes on standing there, also
   if the catalogue has changed since, or lacks it. */
static void carry_over(struct pass *pass)
{
	struct medium *medium = pass->medium;

	for (size_t i = 0; i < medium->n_outcomes; i++) {
		struct outcome *old = &medium->outcomes[i], *outcome;

		if (old->step != OUTCOME_RUNNING)
			continue;
		outcome = outcome_of(pass, old->personality);
		if (outcome)
			outcome_clear(outcome);
		else
			outcome = &pass->outcomes[pass->n++];
		*outcome = *old;
		outcome_forget_start(outcome);
		*old = (struct outcome){ 0 };
	}
}

static int pass_init(struct pass *pass)
{
	struct catalogue *catalogue = pass->matcher->catalogue;
	size_t count = catalogue_count(catalogue);
	size_t room = count + pass->medium->n_outcomes + 1;

	pass->outcomes = calloc(room, sizeof(*pass->outcomes));
	pass->failures = calloc(room, sizeof(*pass->failures));
	pass->candidates = calloc(room, sizeof(*pass->candidates));
	if (!pass->outcomes || !pass->failures || !pass->candidates) {
		free(take_ptr(&pass->outcomes));
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		struct outcome *outcome = &pass->outcomes[pass->n++];

		outcome->personality =
			personality_ref(catalogue_at(catalogue, i));
		outcome->score = outcome->score_before =
			outcome->personality->score;
	}
	carry_over(pass);
	return 0;
}

static bool holds_category(const struct outcome *outcome)
{
	return outcome->step == OUTCOME_RUNNING ||
	       outcome->step == OUTCOME_WAITING ||
	       outcome->step == OUTCOME_WOULD_START ||
	       outcome->step == OUTCOME_UNLOCK ||
	       (outcome->error != 0 && outcome->personality->requested);
}

const struct outcome *pass_holder(const struct pass *pass, size_t at)
{
	const char *category = pass_personality(pass, at)->category;

	for (size_t i = 0; i < pass->n; i++)
		if (i != at && holds_category(&pass->outcomes[i]) &&
		    streq(pass_personality(pass, i)->category, category))
			return &pass->outcomes[i];
	return NULL;
}

int pass_end_held(struct pass *pass, size_t at, enum outcome_step step,
		  const struct outcome *holder)
{
	struct outcome *outcome = &pass->outcomes[at];
	int r = outcome_end(outcome, step, 0, "");

	return r < 0 ? r : outcome_set_holder(outcome, holder);
}

int pass_end_failed(struct pass *pass, size_t at, enum outcome_step step,
		    int error)
{
	struct failure *f = &pass->failures[at];

	failure_errno(f, error, "'%s' cannot be used on '%s'",
		      pass_personality(pass, at)->name, pass->medium->name);
	return outcome_end(&pass->outcomes[at], step, error, f->text);
}

/* Whether @at failed, and nothing stands in its category in its stead. */
static bool is_error(const struct pass *pass, size_t at)
{
	const struct outcome *outcome = &pass->outcomes[at];

	if (outcome->error == 0 || pass->failures[at].text[0] == '\0')
		return false;
	return outcome->step == OUTCOME_UNLOCK ||
	       outcome->personality->requested || !pass_holder(pass, at);
}

/* The first error of a category in which nothing could be started, or 0: of
   starts, the one that was tried first. */
static int find_error(const struct pass *pass, struct failure *f)
{
	const struct outcome *first = NULL;

	for (size_t i = 0; i < pass->n; i++) {
		const struct outcome *outcome = &pass->outcomes[i];

		if (is_error(pass, i) &&
		    (!first || (outcome->attempt != 0 &&
				outcome->attempt < first->attempt)))
			first = outcome;
	}
	if (!first)
		return 0;
	*f = pass->failures[first - pass->outcomes];
	return first->error;
}

struct commit {
	struct pass *pass;
	int error;
};

static void set_signature(void *arg)
{
	struct pass *pass = arg;

	pass->medium->signature = pass->examined.signature;
	pass->medium->known = known_find(pass->examined.signature.known);
}

/* What the pass found out becomes the medium's; what it did not come to is
   left out. */
static void commit(void *arg)
{
	struct commit *what = arg;
	struct pass *pass = what->pass;
	struct medium *medium = pass->medium;
	size_t n = 0;

	medium->error = what->error;
	medium->afresh = false;
	if (!pass->outcomes)
		return;
	for (size_t i = 0; i < medium->n_outcomes; i++)
		outcome_clear(&medium->outcomes[i]);
	free(medium->outcomes);
	for (size_t i = 0; i < pass->n; i++) {
		if (pass->outcomes[i].why)
			pass->outcomes[n++] = pass->outcomes[i];
		else
			outcome_clear(&pass->outcomes[i]);
	}
	medium->outcomes = take_ptr(&pass->outcomes);
	medium->n_outcomes = n;
	catalogue_unref(medium->catalogue);
	medium->catalogue = catalogue_ref(pass->matcher->catalogue);
	pass->n = 0;
}

static int examine(struct pass *pass, struct failure *f)
{
	struct medium *medium = pass->medium;
	const struct scheme_place place = {
		.base = nesting_base(medium),
		.hint = medium->type, .scheme = medium->scheme,
	};
	bool maps = nesting_is_possible(medium);
	int fd, r;

	if (medium_is_bare(medium))
		return 0;
	fd = medium->parent ? -1 : pass->source->scan_fd;
	r = helper_examine(medium->store, medium->name, fd,
			   maps ? &place : NULL, &pass->examined, f);
	if (r < 0)
		return failure_errno(f, r, "'%s' cannot be examined",
				     medium->name);
	events_call(set_signature, pass);
	return 0;
}

static int match(struct pass *pass)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pass->n; i++)
		r = candidate_consider(pass, i);
	if (r == 0)
		r = candidate_place(pass);
	for (size_t i = 0; r == 0 && i < pass->n_candidates; i++)
		r = attempt_make(pass, &pass->candidates[i]);
	attempt_end(pass);
	return r;
}

/* The first that says -ENOMEM or -ECANCELED said it best. */
static int fail(struct pass *pass, int error, struct failure *f)
{
	for (size_t i = 0; i < pass->n; i++)
		if (pass->outcomes[i].error == error &&
		    pass->failures[i].text[0] != '\0')
			*f = pass->failures[i];
	return failure_errno(f, error, "'%s' cannot be matched",
			     pass->medium->name);
}

int pass_run(struct matcher *matcher, struct source *source,
	     struct medium *medium, struct failure *f)
{
	_cleanup_(pass_clear) struct pass pass = {
		.matcher = matcher, .source = source, .medium = medium,
	};
	struct commit what = { .pass = &pass };
	int r = 0;

	what.error = examine(&pass, f);
	if (what.error == 0)
		r = pass_init(&pass);
	if (what.error == 0 && r == 0)
		r = match(&pass);
	if (r < 0)
		(void)fail(&pass, r, f);
	else if (what.error == 0)
		what.error = find_error(&pass, f);
	events_call(commit, &what);
	return pass_is_fatal(what.error) ? what.error : r;
}
