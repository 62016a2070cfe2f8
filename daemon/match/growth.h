/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * growth.h - a disk that grew, and what stands on it follows
 */
#ifndef FILTERD_GROWTH_H
#define FILTERD_GROWTH_H

#include "source.h"

/*
 * Looks again how large @source is, and lets all that stands on it follow, from
 * the bottom up: layers whose medium has another size or that asked for it, and
 * the files of those that changed.  Partitions stay: their map says where they
 * end.  @changed, which may be NULL, is told of each medium that has another
 * size now.  On a job thread, while nothing else changes the tree; blocks.
 * Returns the first error, said in @f; what can follow does all the same.
 */
int growth_follow(struct source *source,
		  void (*changed)(void *arg, struct medium *medium), void *arg,
		  struct failure *f);

#endif /* FILTERD_GROWTH_H */
