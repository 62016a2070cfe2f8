/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * levels.h - who uses a layer for what, and what it therefore holds below
 *
 * Two levels are kept apart: the highest that its users have, which the filter
 * is told of, and the layer's own, which is nobody else's business.  Below it
 * holds the higher of the two.  Were they one, the first user to leave would
 * take away what the layer needs for itself.
 */
#ifndef FILTERD_LEVELS_H
#define FILTERD_LEVELS_H

#include "layer.h"

/* As store_ops.access, of a layer's store. */
int levels_access(struct store *store, int from, int to);

/*
 * The layer holds what is below at @level (FILTER_NOBODY ...) for itself from
 * now on, until it is stopped.  0, or upwards the error of what is below, or
 * -ENXIO: it does not run.  Blocks while a job of the layer runs.
 */
int levels_hold(struct layer *layer, int level);

/* What it holds below for itself, and for all; any thread. */
int levels_own(const struct layer *layer);
int levels_below(const struct layer *layer);

/* For layer.c, with job held, in a job's frame: the users' level falls to
   @level; the layer's own ends. */
void levels_lower(struct layer *layer, int level);
void levels_let_go(struct layer *layer);

#endif /* FILTERD_LEVELS_H */
