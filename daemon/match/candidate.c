/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * candidate.c - see candidate.h
 */
#include <errno.h>
#include <stdio.h>

#include "candidate.h"
#include "cleanup.h"
#include "escape.h"
#include "log.h"
#include "nesting.h"
#include "resources.h"
#include "seconds.h"
#include "source.h"
#include "util.h"

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

static bool names_class(const struct personality *personality)
{
	for (size_t i = 0; i < personality->n_conditions; i++)
		if (streq(personality->conditions[i].key, "ProviderClass"))
			return true;
	return false;
}

/* Why @personality is not even compared here, or NULL. */
static const char *why_elsewhere(const struct pass *pass,
				 const struct personality *personality,
				 char buf[128])
{
	if (personality->scheme)
		return nesting_why_not(pass->medium, personality->scheme,
				       buf);
	if (personality->requested && !is_asked_for_here(pass))
		return "was asked for on another medium";
	if (medium_is_bare(pass->medium) && !names_class(personality))
		return "what has no bytes is for those alone that name its "
		       "ProviderClass=";
	/* Nobody is to be asked for the key of what has no partitions. */
	if (pass->matcher->only != 0 && !pass->medium->parent)
		return "one partition was asked for, not the whole";
	return NULL;
}

/* On resources, what it waits for elsewhere is a condition as any other.  As
   compare(). */
static int compare_resources(struct pass *pass, size_t at)
{
	const struct condition *wanted = &pass_personality(pass, at)->resources;
	struct outcome *outcome = &pass->outcomes[at];
	char missing[256];
	bool holds;
	int r;

	if (pass->medium->class != MEDIUM_RESOURCES || wanted->n_words == 0)
		return 1;
	holds = !resources_miss(pass->matcher->resources, wanted->words,
				wanted->n_words, missing, sizeof(missing));
	r = outcome_note(outcome, wanted, holds ? "all of it" : "", holds);
	if (r == 0 && !holds)
		return outcome_end(outcome, OUTCOME_MATCH, 0, "");
	return r < 0 ? r : 1;
}

/* 1 if all conditions hold, 0 if not. */
static int compare(struct pass *pass, size_t at)
{
	const struct personality *personality = pass_personality(pass, at);
	char buf[128];
	const char *elsewhere = why_elsewhere(pass, personality, buf);
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
	return compare_resources(pass, at);
}

/* What was asked for by name is tried first whatever its probe says. */
static bool comes_before(const struct pass *pass, const struct candidate *a,
			 const struct candidate *b)
{
	bool requested = pass_personality(pass, a->at)->requested;

	if (requested != pass_personality(pass, b->at)->requested)
		return requested;
	if (a->score != b->score)
		return a->score > b->score;
	return pass->outcomes[a->at].score_before >
	       pass->outcomes[b->at].score_before;
}

static bool compete(const struct pass *pass, const struct candidate *a,
		    const struct candidate *b)
{
	return streq(pass_personality(pass, a->at)->category,
		     pass_personality(pass, b->at)->category);
}

static enum outcome_tie why_first(const struct outcome *first,
				  const struct outcome *second)
{
	if (first->score_before != second->score_before)
		return OUTCOME_TIE_PROBE;
	return first->personality->scheme ? OUTCOME_TIE_MAP :
					    OUTCOME_TIE_FILE;
}

/* Whether candidate @at has as high a score as one that comes before it. */
static void note_tie(struct pass *pass, size_t at)
{
	const struct candidate *candidate = &pass->candidates[at];
	struct outcome *outcome = &pass->outcomes[candidate->at], *first;

	while (at-- > 0) {
		const struct candidate *before = &pass->candidates[at];

		if (before->score != candidate->score)
			return;
		if (!compete(pass, before, candidate) ||
		    pass_personality(pass, before->at)->requested)
			continue;
		first = &pass->outcomes[before->at];
		outcome->tie = why_first(first, outcome);
		outcome->tied = first->personality;
		return;
	}
}

/* Adds it behind those that have as high a score, now and before its probe. */
static void add_candidate(struct pass *pass, const struct candidate *candidate)
{
	size_t at = pass->n_candidates++;

	for (; at > 0; at--) {
		if (!comes_before(pass, candidate, &pass->candidates[at - 1]))
			break;
		pass->candidates[at] = pass->candidates[at - 1];
	}
	pass->candidates[at] = *candidate;
}

/* Whether @a would be tried first if nobody had a probe. */
static bool came_before(const struct pass *pass, const struct candidate *a,
			const struct candidate *b)
{
	int score = pass->outcomes[a->at].score_before;
	int other = pass->outcomes[b->at].score_before;

	return score != other ? score > other : a->at < b->at;
}

/* Those below candidate @at that would be above, the best of them first. */
static int note_overtaken(struct pass *pass, size_t at)
{
	const struct candidate *candidate = &pass->candidates[at];
	struct outcome *outcome = &pass->outcomes[candidate->at];
	int r = 0;

	if (outcome->personality->requested)
		return 0;
	for (size_t i = at + 1; r == 0 && i < pass->n_candidates; i++) {
		const struct candidate *other = &pass->candidates[i];

		if (compete(pass, candidate, other) &&
		    came_before(pass, other, candidate))
			r = outcome_overtake(outcome,
				pass_personality(pass, other->at));
	}
	return r;
}

int candidate_place(struct pass *pass)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pass->n_candidates; i++) {
		pass->outcomes[pass->candidates[i].at].place =
			(unsigned)i + 1;
		note_tie(pass, i);
		r = note_overtaken(pass, i);
	}
	return r;
}

/* What is damaged names its map itself. */
static void set_map_failure(struct pass *pass, size_t at, int r,
			    const char *why)
{
	const struct personality *personality = pass_personality(pass, at);

	if (r == -EBADMSG)
		failure_hint(&pass->failures[at], "testdisk looks for lost "
			     "partitions; --filter passthrough shows '%s' as "
			     "it is", pass->medium->name);
	failure_set(&pass->failures[at], r, failure_code(r),
		    "the %s%smap of '%s' cannot be used: %s",
		    r == -EBADMSG ? "" : personality->name,
		    r == -EBADMSG ? "" : " ", pass->medium->name, why);
}

static int consider_map(struct pass *pass, size_t at)
{
	const struct personality *personality = pass_personality(pass, at);
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
	if (scan->result == -ENODEV ||
	    (scan->result == -EBADMSG &&
	     nesting_is_guess(pass->medium, personality->scheme)))
		return outcome_end(&pass->outcomes[at], OUTCOME_PROBE,
				   -ENODEV, why);
	if (scan->result < 0) {
		if (why[0] != '\0')
			set_map_failure(pass, at, scan->result, why);
		return pass_end_failed(pass, at, OUTCOME_PROBE, scan->result);
	}
	pass->outcomes[at].score_before = nesting_score(pass->medium,
							personality->scheme,
							personality->score);
	candidate.score = pass->outcomes[at].score =
		nesting_score(pass->medium, personality->scheme, scan->score);
	candidate.scan = scan;
	add_candidate(pass, &candidate);
	return 0;
}

/* As helper_probe(), with the media that the settings name. */
static int ask_filter(struct pass *pass, struct candidate *candidate,
		      char why[256])
{
	struct failure *f = &pass->failures[candidate->at];
	_cleanup_(seconds_close) struct seconds seconds;
	int r = seconds_open(pass_personality(pass, candidate->at),
			     module_ops(candidate->module), &seconds, f);

	if (r < 0)
		return r;
	return helper_probe(&(struct helper_subject){
		.module = candidate->module, .settings = &seconds.settings,
		.store = pass->medium->store, .name = pass->medium->name,
	}, &candidate->score, why, f);
}

/* The filter's own opinion.  1: it agrees; 0: the outcome says why not. */
static int probe(struct pass *pass, struct candidate *candidate)
{
	const struct personality *personality =
		pass_personality(pass, candidate->at);
	struct outcome *outcome = &pass->outcomes[candidate->at];
	struct failure *f = &pass->failures[candidate->at];
	char why[256] = "", safe[ESCAPE_LEN(sizeof(why))];
	int r;

	if (!module_ops(candidate->module)->probe)
		return 1;
	r = ask_filter(pass, candidate, why);
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
	if (pass_is_fatal(r)) {
		(void)pass_end_failed(pass, candidate->at, OUTCOME_PROBE, r);
		return r;
	}
	return pass_end_failed(pass, candidate->at, OUTCOME_PROBE, r);
}

static int end_too_deep(struct pass *pass, size_t at)
{
	const struct personality *personality = pass_personality(pass, at);
	const struct log_about about = medium_about(pass->medium,
						    personality->module);
	char why[128];

	snprintf(why, sizeof(why), "%u filters stand on each other already",
		 pass->medium->depth);
	log_about(&about, LOG_LEVEL_WARNING, "'%s': %s is not started here: "
		  "%s; does a filter publish the hint it is for?",
		  pass->medium->name, personality->name, why);
	return outcome_end(&pass->outcomes[at], OUTCOME_DEPTH, 0, why);
}

/* Before the helper is started, and with the file to look into. */
static bool has_settings(struct pass *pass, const struct candidate *candidate,
			 int *ret_error)
{
	const struct personality *personality =
		pass_personality(pass, candidate->at);
	struct failure *f = &pass->failures[candidate->at], fault = { 0 };
	int r = settings_check(&personality->settings,
			       module_ops(candidate->module), &fault);

	if (r == 0)
		return true;
	failure_hint(f, "%s", fault.hint);
	if (personality->requested)
		failure_set(f, r, fault.code, "%s", fault.text);
	else
		failure_set(f, r, EXIT_FAILED, "%s: %s", personality->file,
			    fault.text);
	*ret_error = r;
	return false;
}

/* Whether it stands on something below, with a second medium of its own: there
   that belongs, and to one medium alone.  Else a header would open what it has
   opened once more, and again, into noise. */
static bool is_used_below(const struct pass *pass,
			  const struct candidate *candidate)
{
	const struct personality *personality =
		pass_personality(pass, candidate->at);

	if (!seconds_named(personality, module_ops(candidate->module)))
		return false;
	for (const struct medium *below = pass->medium->parent; below;
	     below = below->parent)
		for (size_t i = 0; i < below->n_outcomes; i++)
			if (personality_is(below->outcomes[i].personality,
					   personality) &&
			    below->outcomes[i].step == OUTCOME_RUNNING)
				return true;
	return false;
}

static int consider_filter(struct pass *pass, size_t at)
{
	const struct personality *personality = pass_personality(pass, at);
	struct candidate candidate = { .at = at,
				       .score = personality->score };
	int r = module_get(pass->matcher->modules, personality->module,
			   &candidate.module, &pass->failures[at]);

	if (r < 0)
		return pass_end_failed(pass, at, OUTCOME_MODULE, r);
	if (!has_settings(pass, &candidate, &r))
		r = pass_end_failed(pass, at, OUTCOME_PROBE, r);
	else if (is_used_below(pass, &candidate))
		r = outcome_end(&pass->outcomes[at], OUTCOME_MATCH, 0,
				"what its settings name is in use below");
	else if (pass->medium->depth >= MATCHER_DEPTH)
		r = end_too_deep(pass, at);
	else
		r = probe(pass, &candidate);
	if (r == 1)
		add_candidate(pass, &candidate);
	else
		module_put(candidate.module);
	return MIN(r, 0);
}

int candidate_consider(struct pass *pass, size_t at)
{
	const struct outcome *holder = pass_holder(pass, at);
	int r;

	if (pass->outcomes[at].step == OUTCOME_RUNNING)
		return 0;
	if (holder)
		return pass_end_held(pass, at, OUTCOME_CATEGORY, holder);
	r = compare(pass, at);
	if (r != 1)
		return r;
	return pass_personality(pass, at)->scheme ? consider_map(pass, at) :
						  consider_filter(pass, at);
}
