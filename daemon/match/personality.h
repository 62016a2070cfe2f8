/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * personality.h - one config file: what a filter wants to stand on
 *
 * Format and keys: filterd.personality(5).  The keys carry the meaning of
 * I/O Kit's Info.plist; passive matching is its matchPassive.
 */
#ifndef FILTERD_PERSONALITY_H
#define FILTERD_PERSONALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <filterd/scheme.h>

#include "condition.h"
#include "names.h"
#include "settings.h"

#define PERSONALITY_CATEGORY "storage"	/* and the score, unless said */
#define PERSONALITY_SCORE 1000

struct personality {
	_Atomic unsigned refs;	/* it is constant once it is in a catalogue */
	char *name;		/* Name=, else the file's name */
	char *file;		/* "" for what is built in */
	char *module;		/* Module=: the filter's name */
	char *module_file;	/* where Module= stands */
	unsigned module_line;
	char *category;		/* MatchCategory=, "storage" unless said */
	int score;		/* ProbeScore=, 1000 unless said */
	struct condition *conditions;
	size_t n_conditions;
	struct condition resources;	/* ResourceMatch=: each must be there;
					   no words: it waits for none */
	struct settings settings;	/* Property.KEY= of [Module] */
	bool read_only;		/* [Policy] ReadOnly= */
	bool required;		/* [Policy] RequiredAt= is not "none" */
	bool requested;		/* made from --filter on the command line */
	struct names names;	/* [ContentTable] */
	const struct scheme *scheme;	/* a partition map: built in */
};

/* Whether it only names types, and stands on nothing. */
bool personality_is_table(const struct personality *personality);

/* Whether they are the same file's, read once or again. */
bool personality_is(const struct personality *a, const struct personality *b);

/* Whether they say the same, in the same lines. */
bool personality_equal(const struct personality *a,
		       const struct personality *b);

/* Any thread. */
const struct personality *personality_ref(const struct personality *);
void personality_unref(const struct personality *);	/* NULL is allowed */

/* Of one that nobody else has yet.  NULL is allowed. */
void personality_free(struct personality *personality);

/*
 * Reads one personality: the file @fd (named @path) and then its @drop_ins, in
 * order, the last of which is NULL.  @fd stays the caller's.  Every fault is
 * told to @error with its place; warnings too, with a message that begins
 * "warning: ".  Returns 0, or -EBADMSG when a fault rejects it, or a negative
 * errno.
 */
int personality_read(const char *path, int fd, const char *const *drop_ins,
		     ini_error_fn *error, void *arg,
		     struct personality **ret);

#endif /* FILTERD_PERSONALITY_H */
