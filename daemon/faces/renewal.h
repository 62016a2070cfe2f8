/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renewal.h - a tree of media that is matched once more, or measured
 *
 * What stands stays.  Of the media that are due (rematch.h) the files go first,
 * if they have one: one that is open keeps its medium as it is.
 */
#ifndef FILTERD_RENEWAL_H
#define FILTERD_RENEWAL_H

#include "matcher.h"
#include "volumes.h"

struct attachment;

/*
 * Matches what is due below @source's root (@all: rematch_is_due()).  @volumes
 * has the files; NULL: there are none.  On a job thread, while nothing else
 * happens to the tree.  What fails on a medium is logged, and others go on: 0,
 * -ENOMEM or -ECANCELED.
 */
int renewal_run(struct matcher *matcher, struct source *source,
		struct volumes *volumes, bool all);

/* Lets what stands on its source follow that (growth.h); likewise. */
void renewal_measure(struct attachment *attachment);

#endif /* FILTERD_RENEWAL_H */
