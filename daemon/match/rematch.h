/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rematch.h - whether a medium is to be matched once more
 *
 * I/O Kit's rules: what failed is not tried again until something changes.  A
 * personality that is new is tried where its conditions hold; one that waits is
 * when its names have come; and where one has left that kept a category without
 * standing there, the next best is.
 */
#ifndef FILTERD_REMATCH_H
#define FILTERD_REMATCH_H

#include "matcher.h"

/* @all: also what failed, if it still matches.  One that was never to be matched
   is not due, resources are.  May read the medium, and so block. */
bool rematch_is_due(const struct matcher *matcher, struct medium *medium,
		    bool all);

#endif /* FILTERD_REMATCH_H */
