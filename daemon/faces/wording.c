/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wording.c - see wording.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "hint.h"
#include "util.h"
#include "wording.h"

const char *wording_friendly(const struct medium *medium)
{
	const char *name = NULL;

	if (medium->content[0] && !streq(medium->content, medium->hint))
		name = hint_name(medium->content);
	if (!name && medium->hint[0])
		name = hint_name(medium->hint);
	return name;
}

const char *wording_kind(const struct medium *medium, char *buf, size_t len)
{
	const struct partmap_signature *signature = &medium->signature;
	const char *what = wording_friendly(medium);
	char hint[WORDING_LEN], label[WORDING_LEN], type[WORDING_LEN];
	bool named;

	if (!what)
		what = medium->content[0] ? medium->content : medium->hint;
	escape(what, hint, sizeof(hint));
	escape(signature->label, label, sizeof(label));
	escape(signature->type, type, sizeof(type));
	named = label[0] != '\0';
	/* What a filter publishes may be called by its signature. */
	if (streq(what, signature->type))
		hint[0] = '\0';
	if (!signature->type[0])
		(void)snprintf(buf, len, "%s", hint[0] ? hint :
			       medium_known(medium) ?
			       medium_known(medium)->name : "unknown");
	else
		(void)snprintf(buf, len, "%s%s%s%s%s%s", hint,
			       hint[0] ? ", " : "", type,
			       named ? " \"" : "", label, named ? "\"" : "");
	return buf;
}

const struct outcome *wording_furthest(const struct medium *medium)
{
	const struct outcome *best = NULL;

	for (size_t i = 0; i < medium->n_outcomes; i++) {
		const struct outcome *outcome = &medium->outcomes[i];

		/* That a map is not there is no news. */
		if (outcome->personality->scheme &&
		    outcome->step < OUTCOME_RUNNING)
			continue;
		if (outcome->step == OUTCOME_RUNNING)
			return outcome;
		if (outcome->step <= OUTCOME_MATCH)
			continue;
		if (!best || outcome->step > best->step)
			best = outcome;
	}
	return best;
}

const char *wording_reason(const struct outcome *outcome)
{
	if (outcome->why && outcome->why[0])
		return outcome->why;
	return outcome->error ? strerror(-outcome->error) : "";
}

const char *wording_fate(const struct medium *medium, char *buf, size_t len)
{
	const struct outcome *outcome = wording_furthest(medium);
	const struct known *known = medium_known(medium);
	const char *module, *reason, *verdict = NULL;

	if (!outcome && known && medium->error == 0) {
		(void)snprintf(buf, len, "%s: %s", medium_is_closed(medium) ?
			       "cannot be opened" : "as it is", known->name);
		return buf;
	}
	if (!outcome) {
		(void)snprintf(buf, len, "%s", medium->error < 0 ?
			       strerror(-medium->error) :
			       medium->n_outcomes == 0 ? "not asked for" :
			       "no filter");
		return buf;
	}
	module = or_empty(outcome->personality->module);
	reason = wording_reason(outcome);
	switch (outcome->step) {
	case OUTCOME_RUNNING:
		if (outcome->personality->scheme)
			(void)snprintf(buf, len, "map read");
		else if (outcome->personality->requested)
			(void)snprintf(buf, len, "%s (as asked)", module);
		else
			(void)snprintf(buf, len, "%s (%s, score %d)", module,
				       outcome->personality->name,
				       outcome->score);
		return buf;
	case OUTCOME_WOULD_START:
		verdict = "would start";
		break;
	case OUTCOME_WAITING:
		(void)snprintf(buf, len, "%s waits for %s", module, reason);
		return buf;
	case OUTCOME_UNLOCK:
		verdict = "not unlocked";
		break;
	case OUTCOME_START:
		verdict = "did not start";
		break;
	case OUTCOME_MODULE:
		verdict = "cannot be loaded";
		break;
	case OUTCOME_DEPTH:
		verdict = "not started, too many filters stacked";
		break;
	default:
		verdict = outcome->error != 0 && outcome->error != -ENODEV ?
			  "cannot be used" : "says it is not its own";
		break;
	}
	(void)snprintf(buf, len, "%s %s%s%s", module, verdict,
		       reason[0] ? ": " : "", reason);
	return buf;
}
