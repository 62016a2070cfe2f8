/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * levels.c - who uses a layer for what, and what it therefore holds below
 *
 * Code paths: [job].
 */
#include "flow.h"
#include "levels.h"
#include "scratch.h"

static int hold_below(struct layer *layer, int level, int own)
{
	return port_access(&layer->next, MAX(level, own));
}

/* Up: below first, so that the filter may already write there. */
static int raise_level(struct layer *layer, int level)
{
	struct filter_next *next = &layer->next.face;
	int r = hold_below(layer, level, layer->own);

	if (r < 0)
		return r;
	if (layer->ops->access)
		r = layer->ops->access(layer->self, next, level);
	if (r != 0) {
		(void)hold_below(layer, layer->level, layer->own);
		return as_result(r);
	}
	layer->level = level;
	return 0;
}

/* Down cannot fail: what the filter answers changes nothing. */
void levels_lower(struct layer *layer, int level)
{
	struct filter_next *next = &layer->next.face;

	if (level >= layer->level)
		return;
	if (layer->ops->access)
		(void)layer->ops->access(layer->self, next, level);
	(void)hold_below(layer, level, layer->own);
	layer->level = level;
}

static int highest_level(const struct layer *layer)
{
	int level = FILTER_WRITER;

	while (level > FILTER_NOBODY && layer->users[level] == 0)
		level--;
	return level;
}

/* job is held, in a job's frame. */
static int change_level(struct layer *layer, int from, int to)
{
	int level, r = 0;

	layer->users[from]--;
	layer->users[to]++;
	level = highest_level(layer);
	if (to < from) {
		levels_lower(layer, level);
		return 0;
	}
	if (level > layer->level)
		r = layer_runs(layer) ? raise_level(layer, level) : -ENXIO;
	if (r < 0) {
		layer->users[from]++;
		layer->users[to]--;
	}
	return r;
}

int levels_access(struct store *store, int from, int to)
{
	struct layer *layer = (struct layer *)store;
	struct gate_frame frame;
	int r;

	(void)pthread_mutex_lock(&layer->job);
	gate_enter_job(&layer->gate, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r == 0 || to < from)
		r = change_level(layer, from, to);
	gate_leave(&frame);
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

int levels_hold(struct layer *layer, int level)
{
	int r;

	(void)pthread_mutex_lock(&layer->job);
	r = level > layer->own && !layer_runs(layer) ? -ENXIO :
	    hold_below(layer, layer->level, level);
	if (r == 0)
		layer->own = level;
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

void levels_let_go(struct layer *layer)
{
	layer->own = FILTER_NOBODY;
	(void)hold_below(layer, layer->level, FILTER_NOBODY);
}

int levels_own(const struct layer *layer)
{
	return layer->own;
}

int levels_below(const struct layer *layer)
{
	return atomic_load(&layer->next.level);
}
