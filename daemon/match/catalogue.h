/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * catalogue.h - all personalities, the best first
 *
 * Filled by who made it, and constant from the first reference that somebody
 * else takes: a change at run time is another catalogue in its place, and who
 * is matching goes on with the old one.
 */
#ifndef FILTERD_CATALOGUE_H
#define FILTERD_CATALOGUE_H

#include "failure.h"
#include "personality.h"

struct catalogue;

/* One reference; NULL: out of memory.  Holds the partition schemes from the
   start. */
struct catalogue *catalogue_new(void);

/* One of one's own, with all that @catalogue has.  NULL: out of memory. */
struct catalogue *catalogue_copy(const struct catalogue *catalogue);

/* Any thread. */
struct catalogue *catalogue_ref(struct catalogue *catalogue);
void catalogue_unref(struct catalogue *catalogue);	/* NULL is allowed */

/*
 * Reads *.personality from @dirs (highest first, the last is NULL; one that is
 * not there is passed over): the same file name in a higher directory
 * replaces, an empty file or a link to /dev/null masks, NAME.personality.d/
 * *.conf of all directories are merged by base name.  Faults go to @error; a
 * faulty personality is left out, the others live.  Returns the number of
 * faulty ones, or a negative errno.
 */
int catalogue_load(struct catalogue *catalogue, const char *const *dirs,
		   ini_error_fn *error, void *arg);

/*
 * Takes those of @old in place of those that are equal to them: who compares
 * pointers sees then what has changed.  Returns whether anything has.
 */
bool catalogue_adopt(struct catalogue *catalogue, const struct catalogue *old);

/* Whether it has this very one; NULL has none. */
bool catalogue_has(const struct catalogue *catalogue,
		   const struct personality *personality);

/* Leaves out all that are for the filter @module. */
void catalogue_drop(struct catalogue *catalogue, const char *module);

/* The names that all personalities together give to an MBR's types: of two, the
   file that comes first by its name decides. */
const struct names *catalogue_names(const struct catalogue *catalogue);

/* Takes @personality.  0 or -ENOMEM (it is freed). */
int catalogue_add(struct catalogue *catalogue,
		  struct personality *personality);

/* Leaves only what the start of the system stands on (RequiredAt=), and the
   partition schemes: for a start without the rest.  Names stay. */
void catalogue_keep_required(struct catalogue *catalogue);

/* The same with one that others have too: takes a reference of its own. */
int catalogue_insert(struct catalogue *catalogue,
		     const struct personality *personality);

/* Whether there is a personality @name: 0, or -ENOENT, with a guess in @f. */
int catalogue_check(const struct catalogue *catalogue, const char *name,
		    struct failure *f);

/* What was asked for by name first, then highest score first, equal ones in
   the order they came. */
size_t catalogue_count(const struct catalogue *catalogue);
const struct personality *catalogue_at(const struct catalogue *catalogue,
				       size_t i);

#endif /* FILTERD_CATALOGUE_H */
