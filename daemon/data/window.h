/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * window.h - a range of a store: what a partition map publishes
 *
 * Requests are moved by the base; levels are aggregated by the store below.
 * Where an end is off the granule below, the requests pass through an edge.
 */
#ifndef FILTERD_WINDOW_H
#define FILTERD_WINDOW_H

#include "store.h"

/*
 * A window of @size bytes at @base, which lie inside @below; @below must
 * outlive it.  The granule is @below's, or smaller, so that the size is whole:
 * of that only what is less than 512 bytes is left out.
 * Returns 0, -EINVAL when it does not lie inside, -ENXIO when nothing is left,
 * or -ENOMEM.
 */
int window_new(struct store *below, uint64_t base, uint64_t size,
	       bool writable, struct store **ret);
void window_free(struct store *store);		/* NULL is allowed */

#endif /* FILTERD_WINDOW_H */
