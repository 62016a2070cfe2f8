/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edition.h - which personalities count in the service now
 *
 * Those of the files, and those that were loaded by hand, without those of
 * filters that are held back: unloaded, or loaded to be looked at first.  One
 * thread at a time (change.c sees to that).
 */
#ifndef FILTERD_EDITION_H
#define FILTERD_EDITION_H

#include "catalogue.h"

struct edition {
	const char *const *dirs;	/* before the usual ones */
	bool required;			/* only what a system starts from */
	const struct personality **extras;	/* references */
	size_t n_extras;
	char **held;			/* names of filters */
	size_t n_held;
};

void edition_clear(struct edition *edition);

/* From now on @personality counts (a reference is taken), in place of one of
   the same name that was loaded by hand.  0 or -ENOMEM. */
int edition_add(struct edition *edition, const struct personality *personality);

/* From now on those of filter @module do not count, or count again.  0 or
   -ENOMEM. */
int edition_hold(struct edition *edition, const char *module);
void edition_release(struct edition *edition, const char *module);
bool edition_holds(const struct edition *edition, const char *module);

/*
 * Reads the files and makes the catalogue of what counts now; what has not
 * changed is @old's.  *ret_changed: whether anything has.  Blocks.  0, or a
 * negative errno said in @f.
 */
int edition_make(const struct edition *edition, const struct catalogue *old,
		 struct catalogue **ret, bool *ret_changed,
		 struct failure *f);

#endif /* FILTERD_EDITION_H */
