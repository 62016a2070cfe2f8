/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * review.h - personality files, checked before anybody relies on them
 */
#ifndef FILTERD_REVIEW_H
#define FILTERD_REVIEW_H

#include "module.h"
#include "personality.h"

/*
 * Reads the personality @path as the catalogue would, and its settings as its
 * filter would.  Every fault and warning goes to @error, with its place.
 * Returns 0, -EBADMSG when there is a fault, or a negative errno of reading,
 * said in @f.
 */
int review_file(const char *path, struct modules *modules,
		ini_error_fn *error, void *arg, struct failure *f);

#endif /* FILTERD_REVIEW_H */
