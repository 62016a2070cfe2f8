/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excerpt.h - what a parser wants to see of a medium, as a file
 *
 * For media that have no descriptor of their own, a filter's: a sealed sparse
 * file in memory, as large as the medium, that holds both its ends and what an
 * MBR's entries and its chain of logical partitions name.  All else is zeros.
 */
#ifndef FILTERD_EXCERPT_H
#define FILTERD_EXCERPT_H

#include "store.h"

#define EXCERPT_HEAD	(5u << 20)
#define EXCERPT_TAIL	(1u << 20)
#define EXCERPT_LINKS	128	/* of one MBR chain; longer ones are cut */

/* *ret_fd is the caller's.  0 or a negative errno, the medium's too. */
int excerpt_open(struct store *store, int *ret_fd);

#endif /* FILTERD_EXCERPT_H */
