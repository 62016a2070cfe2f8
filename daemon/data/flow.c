/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.c - requests through a layer
 *
 * Each enters by the gate and runs the filter's function, or what stands in
 * for an absent one, in a frame: the thread's lane and scratch memory.
 *
 * Code paths: [data].
 */
#include "flow.h"
#include "levels.h"
#include "log.h"
#include "scratch.h"

static struct layer *layer_of(struct store *store)
{
	return (struct layer *)store;
}

static bool is_transparent(const struct layer *layer)
{
	return layer->ops->flags & FILTER_TRANSPARENT;
}

/* A request that is inside, and what it counts for. */
struct visit {
	struct gate_frame frame;
	struct figures_run run;
};

static int enter(struct layer *layer, struct gate_frame *frame)
{
	int r = gate_enter(&layer->gate, frame);

	if (r < 0)
		return r;
	r = scratch_reserve(layer->ops->scratch);
	if (r < 0)
		gate_leave(frame);
	return r;
}

/* The time before a closed gate counts: its user waits for that too. */
static int begin(struct layer *layer, enum figures_kind kind,
		 struct visit *visit)
{
	uint64_t since = figures_now();
	int r = enter(layer, &visit->frame);

	if (r == 0)
		figures_begin(&layer->figures, visit->frame.slot, kind, since,
			      &visit->run);
	return r;
}

/* The slot is given up last: with it goes the row of the figures. */
static int end(struct visit *visit, uint64_t len, int r)
{
	figures_end(&visit->run, len, r);
	gate_leave(&visit->frame);
	return r;
}

/* The same for what must not go on once a write was lost. */
static int begin_sound(struct layer *layer, enum figures_kind kind,
		       struct visit *visit)
{
	int r = begin(layer, kind, visit), error;

	if (r < 0)
		return r;
	error = atomic_load(&layer->error);
	return error < 0 ? end(visit, 0, error) : 0;
}

static int break_rule(struct layer *layer, const char *what)
{
	const struct log_about about = layer_about(layer);

	if (!atomic_exchange(&layer->told, true))
		log_about(&about, LOG_LEVEL_ERR, "'%s': filter %s broke a "
			  "rule: %s; the request failed", layer->name,
			  layer->ops->name, what);
	return -EIO;
}

static int check_result(struct layer *layer, int r)
{
	if (as_result(r) == r)
		return r;
	return break_rule(layer, "a result is neither 0 nor an errno");
}

static int flow_read(struct store *store, void *buf, size_t len, uint64_t off)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	struct visit visit;
	int r = begin(layer, FIGURES_READ, &visit);

	if (r < 0)
		return r;
	if (layer->ops->read)
		r = layer->ops->read(layer->self, next, buf, len, off);
	else if (is_transparent(layer))
		r = next->read(next, buf, len, off);
	else
		r = -EOPNOTSUPP;
	return end(&visit, len, check_result(layer, r));
}

static int flow_write(struct store *store, const void *buf, size_t len,
		      uint64_t off, unsigned flags)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	struct visit visit;
	int r = begin_sound(layer, FIGURES_WRITE, &visit);

	if (r < 0)
		return r;
	if (layer->ops->write)
		r = layer->ops->write(layer->self, next, buf, len, off, flags);
	else if (is_transparent(layer))
		r = next->write(next, buf, len, off, flags);
	else
		r = -EOPNOTSUPP;
	return end(&visit, len, check_result(layer, r));
}

static int flow_flush(struct store *store)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	struct visit visit;
	int r = begin_sound(layer, FIGURES_FLUSH, &visit), error;

	if (r < 0)
		return r;
	if (layer->ops->flush)
		r = layer->ops->flush(layer->self, next);
	else
		r = next->flush(next);
	r = check_result(layer, r);
	/* What was lost meanwhile may be what this flush was for. */
	error = atomic_load(&layer->error);
	return end(&visit, 0, r == 0 ? error : r);
}

/* Zeros that are written pass the gate a piece at a time, so that a long
   request keeps nobody waiting who wants to close it; they count as writes. */
static int flow_zero(struct store *store, uint64_t len, uint64_t off,
		     unsigned flags)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	struct visit visit;
	int r;

	if (!layer->ops->zero && !is_transparent(layer))
		return store_write_zeros(store, len, off, flags);
	r = begin_sound(layer, FIGURES_ZERO, &visit);
	if (r < 0)
		return r;
	if (layer->ops->zero)
		r = layer->ops->zero(layer->self, next, len, off, flags);
	else
		r = next->zero(next, len, off, flags);
	return end(&visit, len, check_result(layer, r));
}

static int flow_discard(struct store *store, uint64_t len, uint64_t off)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	struct visit visit;
	int r = begin_sound(layer, FIGURES_DISCARD, &visit);

	if (r < 0)
		return r;
	if (layer->ops->discard)
		r = layer->ops->discard(layer->self, next, len, off);
	else if (is_transparent(layer))
		r = next->discard(next, len, off);
	else
		r = -EOPNOTSUPP;
	return end(&visit, len, check_result(layer, r));
}

static int flow_map(struct store *store, uint64_t off, uint64_t *len,
		    unsigned *ret_what)
{
	struct layer *layer = layer_of(store);
	struct filter_next *next = &layer->next.face;
	uint64_t found = *len;
	unsigned what = 0;
	struct gate_frame frame;
	int r = enter(layer, &frame);

	if (r < 0)
		return r;
	if (layer->ops->map)
		r = layer->ops->map(layer->self, next, off, &found, &what);
	else if (is_transparent(layer))
		r = next->map(next, off, &found, &what);
	gate_leave(&frame);
	r = check_result(layer, r);
	if (r < 0)
		return r;
	if (found == 0 || found > *len ||
	    (found & (store->medium.granule - 1)) != 0)
		return break_rule(layer, "map found no whole granules");
	*len = found;
	*ret_what = what;
	return 0;
}

static uint64_t flow_lost(struct store *store)
{
	struct store *below = layer_of(store)->next.below;

	return below->ops->lost(below);
}

/* No layer knows better than what is below, which may hold more than it. */
static uint64_t flow_allocated(struct store *store)
{
	struct store *below = layer_of(store)->next.below;

	return MIN(below->ops->allocated(below), store_size(store));
}

const struct store_ops flow_ops = {
	.read		= flow_read,
	.write		= flow_write,
	.flush		= flow_flush,
	.zero		= flow_zero,
	.discard	= flow_discard,
	.map		= flow_map,
	.lost		= flow_lost,
	.access		= levels_access,
	.allocated	= flow_allocated,
};
