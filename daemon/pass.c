/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pass.c - see pass.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "escape.h"
#include "events.h"
#include "log.h"
#include "pass.h"
#include "source.h"
#include "start.h"
#include "util.h"

static const struct personality *personality_at(const struct pass *pass,
						size_t at)
{
	return pass->outcomes[at].personality;
}

static void put_module(void *arg)
{
	module_put(arg);
}

static void pass_clear(struct pass *pass)
{
	for (size_t i = 0; i < pass->n_candidates; i++)
		events_call(put_module, pass->candidates[i].module);
	for (size_t i = 0; i < pass->n; i++)
		outcome_clear(&pass->outcomes[i]);
	helper_examined_clear(&pass->examined);
	free(pass->candidates);
	free(pass->outcomes);
	free(pass->failures);
}

/* Who stands on the medium when the pass begins goes on standing there. */
static void carry_over(struct pass *pass, size_t at)
{
	struct medium *medium = pass->medium;

	for (size_t i = 0; i < medium->n_outcomes; i++) {
		struct outcome *old = &medium->outcomes[i];

		if (old->step != OUTCOME_RUNNING ||
		    old->personality != personality_at(pass, at))
			continue;
		pass->outcomes[at] = *old;
		*old = (struct outcome){ .personality = old->personality };
		return;
	}
}

static int pass_init(struct pass *pass)
{
	struct catalogue *catalogue = pass->matcher->catalogue;

	pass->n = catalogue_count(catalogue);
	pass->outcomes = calloc(pass->n + 1, sizeof(*pass->outcomes));
	pass->failures = calloc(pass->n + 1, sizeof(*pass->failures));
	pass->candidates = calloc(pass->n + 1, sizeof(*pass->candidates));
	if (!pass->outcomes || !pass->failures || !pass->candidates) {
		pass->n = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < pass->n; i++) {
		struct outcome *outcome = &pass->outcomes[i];

		outcome->personality = catalogue_at(catalogue, i);
		outcome->score = outcome->score_before =
			outcome->personality->score;
		carry_over(pass, i);
	}
	return 0;
}

static bool holds_category(const struct outcome *outcome)
{
	return outcome->step == OUTCOME_RUNNING ||
	       outcome->step == OUTCOME_WOULD_START ||
	       outcome->step == OUTCOME_UNLOCK ||
	       (outcome->error != 0 && outcome->personality->requested);
}

/* The name of who has the category of personality @at, or NULL. */
static const char *holder_of(const struct pass *pass, size_t at)
{
	const char *category = personality_at(pass, at)->category;

	for (size_t i = 0; i < pass->n; i++)
		if (i != at && holds_category(&pass->outcomes[i]) &&
		    streq(personality_at(pass, i)->category, category))
			return personality_at(pass, i)->name;
	return NULL;
}

/* Ends personality @at because somebody else has its category. */
static int end_held(struct pass *pass, size_t at, enum outcome_step step,
		    const char *holder)
{
	struct outcome *outcome = &pass->outcomes[at];
	int r = outcome_end(outcome, step, 0, "");

	return r < 0 ? r : outcome_set_holder(outcome, holder);
}

/* Ends it with @error, which failures[@at] tells the user. */
static int end_failed(struct pass *pass, size_t at, enum outcome_step step,
		      int error)
{
	struct failure *f = &pass->failures[at];

	failure_errno(f, error, "'%s' cannot be used on '%s'",
		      personality_at(pass, at)->name, pass->medium->name);
	return outcome_end(&pass->outcomes[at], step, error, f->text);
}

/* What was asked for by name is for the medium that was named. */
static bool is_asked_for_here(const struct pass *pass)
{
	const struct medium *medium = pass->medium;
	unsigned only = pass->matcher->only;

	if (only == 0)
		return !medium->parent;
	return medium->parent == pass->source->root &&
	       medium->class == MEDIUM_PARTITION && medium->partition == only;
}

/* Why @personality is not even compared here, or NULL. */
static const char *why_elsewhere(const struct pass *pass,
				 const struct personality *personality)
{
	if (personality->requested && !is_asked_for_here(pass))
		return "was asked for on another medium";
	/* Nobody is to be asked for the key of what has no partitions. */
	if (pass->matcher->only != 0 && !pass->medium->parent &&
	    !personality->scheme)
		return "one partition was asked for, not the whole";
	return NULL;
}

/* 1 if all conditions hold, 0 if not. */
static int compare(struct pass *pass, size_t at)
{
	const struct personality *personality = personality_at(pass, at);
	const char *elsewhere = why_elsewhere(pass, personality);
	struct outcome *outcome = &pass->outcomes[at];
	char have[ESCAPE_LEN(128)];
	int r;

	if (elsewhere)
		return outcome_end(outcome, OUTCOME_MATCH, 0, elsewhere);
	for (size_t i = 0; i < personality->n_conditions; i++) {
		const struct condition *condition =
			&personality->conditions[i];
		bool holds = condition_holds(condition, pass->medium, have,
					     sizeof(have));

		r = outcome_note(outcome, condition, have, holds);
		if (r == 0 && !holds)
			return outcome_end(outcome, OUTCOME_MATCH, 0, "");
		if (r < 0)
			return r;
	}
	return 1;
}

struct loading {
	struct modules *modules;
	const char *name;
	struct failure *f;
	struct module *module;
	int result;
};

static void load_module(void *arg)
{
	struct loading *loading = arg;

	loading->result = module_get(loading->modules, loading->name,
				     &loading->module, loading->f);
}

/* Adds it behind those that have as high a score. */
static void add_candidate(struct pass *pass, const struct candidate *candidate)
{
	size_t at = pass->n_candidates++;

	for (; at > 0; at--) {
		if (pass->candidates[at - 1].score >= candidate->score)
			break;
		pass->candidates[at] = pass->candidates[at - 1];
	}
	pass->candidates[at] = *candidate;
}

static bool is_fatal(int error)
{
	return error == -ENOMEM || error == -ECANCELED;
}

static int consider_map(struct pass *pass, size_t at)
{
	const struct personality *personality = personality_at(pass, at);
	struct candidate candidate = { .at = at };
	char why[ESCAPE_LEN(sizeof(candidate.scan->why))];
	const struct helper_scan *scan = NULL;

	for (size_t i = 0; i < pass->examined.n_scans; i++)
		if (pass->examined.scans[i].scheme == personality->scheme)
			scan = &pass->examined.scans[i];
	if (!scan)
		return outcome_end(&pass->outcomes[at], OUTCOME_PROBE, 0,
				   "was not looked for");
	escape(scan->why, why, sizeof(why));
	if (scan->result == -ENODEV)
		return outcome_end(&pass->outcomes[at], OUTCOME_PROBE,
				   -ENODEV, why);
	if (scan->result < 0) {
		if (why[0] != '\0')
			failure_set(&pass->failures[at], scan->result,
				    failure_code(scan->result),
				    "'%s' has a damaged %s map: %s",
				    pass->medium->name, personality->name,
				    why);
		return end_failed(pass, at, OUTCOME_PROBE, scan->result);
	}
	candidate.score = pass->outcomes[at].score = scan->score;
	candidate.scan = scan;
	add_candidate(pass, &candidate);
	return 0;
}

/* The filter's own opinion.  1: it agrees; 0: the outcome says why not. */
static int probe(struct pass *pass, struct candidate *candidate)
{
	const struct personality *personality =
		personality_at(pass, candidate->at);
	struct outcome *outcome = &pass->outcomes[candidate->at];
	struct failure *f = &pass->failures[candidate->at];
	char why[256] = "", safe[ESCAPE_LEN(sizeof(why))];
	int r;

	if (!module_ops(candidate->module)->probe)
		return 1;
	r = helper_probe(candidate->module, &personality->settings,
			 pass->medium->store, pass->medium->name,
			 &candidate->score, why, f);
	outcome->score = candidate->score;
	if (r == 0)
		return 1;
	escape(why, safe, sizeof(safe));
	if (r == -ENODEV && !personality->requested)
		return outcome_end(outcome, OUTCOME_PROBE, r, safe);
	if (r == -ENODEV)
		failure_set(f, r, EXIT_NO_MATCH, "'%s' is nothing for the "
			    "filter '%s'%s%s", pass->medium->name,
			    personality->module, safe[0] ? ": " : "", safe);
	if (is_fatal(r)) {
		(void)end_failed(pass, candidate->at, OUTCOME_PROBE, r);
		return r;
	}
	return end_failed(pass, candidate->at, OUTCOME_PROBE, r);
}

static int end_too_deep(struct pass *pass, size_t at)
{
	char why[128];

	snprintf(why, sizeof(why), "%u filters stand on each other already",
		 pass->medium->depth);
	log_warning("'%s': %s is not started here: %s; does a filter publish "
		    "the hint it is for?", pass->medium->name,
		    personality_at(pass, at)->name, why);
	return outcome_end(&pass->outcomes[at], OUTCOME_DEPTH, 0, why);
}

static int consider_filter(struct pass *pass, size_t at)
{
	const struct personality *personality = personality_at(pass, at);
	struct candidate candidate = { .at = at,
				       .score = personality->score };
	struct loading loading = {
		.modules = pass->matcher->modules,
		.name = personality->module, .f = &pass->failures[at],
	};
	int r;

	events_call(load_module, &loading);
	if (loading.result < 0)
		return end_failed(pass, at, OUTCOME_MODULE, loading.result);
	candidate.module = loading.module;
	if (pass->medium->depth >= MATCHER_DEPTH)
		r = end_too_deep(pass, at);
	else
		r = probe(pass, &candidate);
	if (r == 1)
		add_candidate(pass, &candidate);
	else
		events_call(put_module, candidate.module);
	return MIN(r, 0);
}

static int consider(struct pass *pass, size_t at)
{
	const char *holder = holder_of(pass, at);
	int r;

	if (pass->outcomes[at].step == OUTCOME_RUNNING)
		return 0;
	if (holder)
		return end_held(pass, at, OUTCOME_CATEGORY, holder);
	r = compare(pass, at);
	if (r != 1)
		return r;
	return personality_at(pass, at)->scheme ? consider_map(pass, at) :
						  consider_filter(pass, at);
}

static bool same_settings(const struct settings *a, const struct settings *b)
{
	const char *value;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		value = settings_get(b, a->list[i].key);
		if (!value || !streq(value, a->list[i].value))
			return false;
	}
	return true;
}

/* Whoever failed to start in just the same way as @candidate would, or NULL:
   the user is not to be asked or told the same again. */
static const struct outcome *failed_alike(const struct pass *pass,
					  const struct candidate *candidate)
{
	const struct personality *p = personality_at(pass, candidate->at);

	for (size_t i = 0; candidate->module && i < pass->n; i++) {
		const struct outcome *outcome = &pass->outcomes[i];
		const struct personality *other = outcome->personality;

		if (outcome->step == OUTCOME_START && outcome->error != 0 &&
		    streq(other->module, p->module) &&
		    other->read_only == p->read_only &&
		    same_settings(&other->settings, &p->settings))
			return outcome;
	}
	return NULL;
}

static enum outcome_step step_of_error(int error)
{
	return error == -ENOKEY || error == -EKEYREJECTED ? OUTCOME_UNLOCK :
							    OUTCOME_START;
}

static int try_start(struct pass *pass, struct candidate *candidate)
{
	struct outcome *outcome = &pass->outcomes[candidate->at];
	struct failure *f = &pass->failures[candidate->at];
	const struct outcome *alike = failed_alike(pass, candidate);
	const char *holder = holder_of(pass, candidate->at);
	char why[ESCAPE_LEN(sizeof(candidate->scan->why))] = "";
	int r;

	if (holder)
		return end_held(pass, candidate->at, OUTCOME_SCORE, holder);
	if (alike) {
		*f = pass->failures[alike - pass->outcomes];
		return end_failed(pass, candidate->at, OUTCOME_START,
				  alike->error);
	}
	if (candidate->scan) {
		escape(candidate->scan->why, why, sizeof(why));
		r = start_map(pass, candidate, f);
	} else if (module_ops(candidate->module)->prepare &&
		   !pass->matcher->start) {
		return outcome_end(outcome, OUTCOME_WOULD_START, 0, "");
	} else {
		r = start_filter(pass, candidate, f);
	}
	if (is_fatal(r)) {
		(void)end_failed(pass, candidate->at, OUTCOME_START, r);
		return r;
	}
	if (r < 0)
		return end_failed(pass, candidate->at, step_of_error(r), r);
	return outcome_end(outcome, OUTCOME_RUNNING, 0, why);
}

/* The first error of a category in which nothing could be started, or 0. */
static int find_error(const struct pass *pass, struct failure *f)
{
	for (size_t i = 0; i < pass->n; i++) {
		const struct outcome *outcome = &pass->outcomes[i];
		bool closed = outcome->step == OUTCOME_UNLOCK ||
			      outcome->personality->requested;

		if (outcome->error == 0 || pass->failures[i].text[0] == '\0')
			continue;
		if (closed || !holder_of(pass, i)) {
			*f = pass->failures[i];
			return outcome->error;
		}
	}
	return 0;
}

struct commit {
	struct pass *pass;
	int error;
};

static void set_signature(void *arg)
{
	struct pass *pass = arg;

	pass->medium->signature = pass->examined.signature;
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
	pass->n = 0;
}

static int examine(struct pass *pass, struct failure *f)
{
	struct medium *medium = pass->medium;
	int fd = medium->parent ? -1 : pass->source->scan_fd;
	int r;

	r = helper_examine(medium->store, medium->name, fd,
			   medium->store->medium.whole, &pass->examined, f);
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
		r = consider(pass, i);
	for (size_t i = 0; r == 0 && i < pass->n_candidates; i++)
		r = try_start(pass, &pass->candidates[i]);
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
	return is_fatal(what.error) ? what.error : r;
}
