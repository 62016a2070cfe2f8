/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pass.h - one medium compared with all personalities, once
 *
 * The steps are I/O Kit's: whoever has a category keeps it; conditions are
 * compared, probes asked; then, in order of score, a start is tried in each
 * category until one succeeds.  A wrong key ends a category as well: the
 * medium is what the personality says, only closed.
 */
#ifndef FILTERD_PASS_H
#define FILTERD_PASS_H

#include "helper.h"
#include "matcher.h"

struct candidate;

struct pass {
	struct matcher *matcher;
	struct source *source;
	struct medium *medium;

	struct helper_examined examined;
	/* One of each for every personality, in the catalogue's order; then
	   those that stand there and have left the catalogue. */
	struct outcome *outcomes;
	struct failure *failures;
	size_t n;
	struct candidate *candidates;	/* highest score first */
	size_t n_candidates;
	unsigned attempts;		/* starts that were tried */
};

/*
 * Matches @medium and puts on it what won.  Returns 0, also when that could
 * not be opened: @medium's error then, said in @f; or -ECANCELED or -ENOMEM,
 * said in @f too.
 */
int pass_run(struct matcher *matcher, struct source *source,
	     struct medium *medium, struct failure *f);

const struct personality *pass_personality(const struct pass *pass, size_t at);

/* The outcome of who has the category of personality @at, or NULL. */
const struct outcome *pass_holder(const struct pass *pass, size_t at);

/* Ends personality @at because somebody else has its category.  -ENOMEM. */
int pass_end_held(struct pass *pass, size_t at, enum outcome_step step,
		  const struct outcome *holder);

/* Ends it with @error, which failures[@at] tells the user.  -ENOMEM. */
int pass_end_failed(struct pass *pass, size_t at, enum outcome_step step,
		    int error);

/* What ends not a personality, but the whole run. */
static inline bool pass_is_fatal(int error)
{
	return error == -ENOMEM || error == -ECANCELED;
}

#endif /* FILTERD_PASS_H */
