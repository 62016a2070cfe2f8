/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rematch.c - see rematch.h
 */
#include "rematch.h"
#include "resources.h"

static bool holds(const struct personality *personality,
		  struct medium *medium)
{
	char have[128];

	for (size_t i = 0; i < personality->n_conditions; i++)
		if (!condition_holds(&personality->conditions[i], medium, have,
				     sizeof(have)))
			return false;
	return true;
}

static bool stands(const struct medium *medium,
		   const struct personality *personality)
{
	for (size_t i = 0; i < medium->n_outcomes; i++)
		if (medium->outcomes[i].step == OUTCOME_RUNNING &&
		    personality_is(medium->outcomes[i].personality,
				   personality))
			return true;
	return false;
}

/* Whether a personality that the medium has not seen could stand there, or
   with @all any. */
static bool could_stand(const struct matcher *matcher, struct medium *medium,
			bool all)
{
	for (size_t i = 0; i < catalogue_count(matcher->catalogue); i++) {
		const struct personality *personality =
			catalogue_at(matcher->catalogue, i);

		if (all ? personality->scheme || stands(medium, personality) :
			  catalogue_has(medium->catalogue, personality))
			continue;
		if (holds(personality, medium))
			return true;
	}
	return false;
}

/* Whether the names have come that @outcome's personality lacked. */
static bool has_come(const struct matcher *matcher,
		     const struct medium *medium,
		     const struct outcome *outcome)
{
	const struct condition *wanted = &outcome->personality->resources;
	char missing[8];

	if (outcome->step != OUTCOME_WAITING &&
	    (outcome->step != OUTCOME_MATCH ||
	     medium->class != MEDIUM_RESOURCES))
		return false;
	return wanted->n_words > 0 &&
	       !resources_miss(matcher->resources, wanted->words,
			       wanted->n_words, missing, sizeof(missing));
}

/* Whether its personality is none any more, and kept others away. */
static bool has_left(const struct matcher *matcher,
		     const struct outcome *outcome)
{
	return (outcome->step == OUTCOME_WAITING ||
		outcome->step == OUTCOME_UNLOCK) &&
	       !catalogue_has(matcher->catalogue, outcome->personality);
}

bool rematch_is_due(const struct matcher *matcher, struct medium *medium,
		    bool all)
{
	if (medium->held)
		return false;
	if (medium->afresh)
		return true;
	/* Resources are there before they were ever matched. */
	if (!medium->catalogue)
		return medium->class == MEDIUM_RESOURCES;
	for (size_t i = 0; i < medium->n_outcomes; i++)
		if (has_come(matcher, medium, &medium->outcomes[i]) ||
		    has_left(matcher, &medium->outcomes[i]))
			return true;
	return (all || medium->catalogue != matcher->catalogue) &&
	       could_stand(matcher, medium, all);
}
