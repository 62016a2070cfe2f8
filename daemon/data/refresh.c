/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refresh.c - a layer follows the medium below it
 *
 * Each layer by itself, from the bottom up: what is below has its new size and
 * is open again when the layer above it is asked.
 *
 * Code paths: [job].
 */
#include "flow.h"
#include "product.h"
#include "refresh.h"
#include "scratch.h"

/* What it publishes now, if the filter does not say; @before: what was below
   when it last did. */
static uint64_t follow(const struct layer *layer, uint64_t before)
{
	uint64_t size = store_size(&layer->store);

	return layer->ops->flags & FILTER_TRANSPARENT && size == before ?
	       layer->next.medium.size : size;
}

/* In a job's frame, nobody else inside. */
static int ask(struct layer *layer, uint64_t *ret_size, struct failure *f)
{
	uint64_t before = port_follow(&layer->next);
	struct filter_medium medium = layer->next.medium;
	const char *rule;
	int r;

	if (!layer->ops->refresh) {
		*ret_size = follow(layer, before);
		return 0;
	}
	r = as_result(layer->ops->refresh(layer->self, &layer->next.face,
					  &medium));
	if (r < 0)
		return layer_fail(layer, r, "cannot follow the medium below",
				  f);
	rule = product_broken_rule(&medium, &layer->next.medium);
	if (!rule && medium.granule != layer->store.medium.granule)
		rule = "the granule changed while it was in use";
	if (rule)
		return layer_accuse(layer, rule, f);
	*ret_size = medium.size;
	return 0;
}

/* job is held. */
static int close_and_ask(struct layer *layer, bool *ret_changed,
			 struct failure *f)
{
	uint64_t old = store_size(&layer->store), size = old;
	struct gate_frame frame;
	int r;

	gate_set(&layer->gate, GATE_CLOSED);
	gate_drain(&layer->gate);
	gate_enter_job(&layer->gate, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r == 0)
		r = ask(layer, &size, f);
	gate_leave(&frame);
	store_resize(&layer->store, size);
	*ret_changed = size != old;
	gate_set(&layer->gate, GATE_OPEN);
	return r;
}

int refresh_layer(struct layer *layer, bool *ret_changed, struct failure *f)
{
	int r;

	*ret_changed = false;
	(void)pthread_mutex_lock(&layer->job);
	if (layer_runs(layer))
		r = close_and_ask(layer, ret_changed, f);
	else
		r = failure_set(f, -ENXIO, EXIT_FAILED, "'%s' does not run",
				layer->name);
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

bool refresh_wanted(struct layer *layer)
{
	bool asked = layer_changed(layer);

	return asked ||
	       layer->next.medium.size != store_size(layer->next.below);
}
