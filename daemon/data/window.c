/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * window.c - a range of a store: what a partition map publishes
 *
 * A map may let a partition begin or end inside a granule (one of 512-byte
 * blocks on a medium of 4096).  The requests of such a window pass through an
 * edge, and its own granule is small enough for its size to be whole: nothing
 * of a partition is left out.  Where one ends and the next
 * begins both have a part of one granule, and would undo each other's changes
 * there: so all windows of a store pass through the same edge, its seam.
 *
 * Code paths: [data], but making, freeing and access.
 */
#include <pthread.h>
#include <stdlib.h>

#include "cleanup.h"
#include "edge.h"
#include "port.h"
#include "window.h"

/* How many extents are counted before the rest is taken for data. */
#define EXTENTS_MAX	1024u

#define SECTOR		512u		/* the smallest granule that there is */

struct seam {
	struct seam *next;
	unsigned windows;
	struct edge *edge;
	struct port port;	/* the edge's */
};

/* Of all stores that have such windows; the lock guards their windows too. */
static struct seam *seams;
static pthread_mutex_t seams_lock = PTHREAD_MUTEX_INITIALIZER;

struct window {
	struct store store;	/* first */
	struct store *below;
	uint64_t base;
	struct seam *seam;
	struct edge *edge;	/* NULL: both ends are on the granule below */
};

static struct seam *seam_new(struct store *below)
{
	struct seam *seam = calloc(1, sizeof(*seam));

	if (!seam)
		return NULL;
	port_init(&seam->port, below);
	seam->edge = edge_new(&seam->port);
	if (!seam->edge) {
		free(seam);
		return NULL;
	}
	seam->next = seams;
	seams = seam;
	return seam;
}

/* One window more on @below's seam; NULL: out of memory. */
static struct seam *seam_join(struct store *below)
{
	struct seam *seam;

	(void)pthread_mutex_lock(&seams_lock);
	for (seam = seams; seam; seam = seam->next)
		if (seam->port.below == below)
			break;
	if (!seam)
		seam = seam_new(below);
	if (seam)
		seam->windows++;
	(void)pthread_mutex_unlock(&seams_lock);
	return seam;
}

static void seam_part(struct seam *seam)
{
	struct seam **at = &seams;

	(void)pthread_mutex_lock(&seams_lock);
	if (--seam->windows == 0) {
		while (*at != seam)
			at = &(*at)->next;
		*at = seam->next;
		edge_free(seam->edge);
		free(seam);
	}
	(void)pthread_mutex_unlock(&seams_lock);
}

static struct window *window_of(struct store *store)
{
	return (struct window *)store;
}

static int window_read(struct store *store, void *buf, size_t len,
		       uint64_t off)
{
	struct window *window = window_of(store);

	if (window->edge)
		return edge_read(window->edge, buf, len, window->base + off);
	return store_read(window->below, buf, len, window->base + off);
}

static int window_write(struct store *store, const void *buf, size_t len,
			uint64_t off, unsigned flags)
{
	struct window *window = window_of(store);

	off += window->base;
	if (window->edge)
		return edge_write(window->edge, buf, len, off, flags);
	return store_write(window->below, buf, len, off, flags);
}

static int window_flush(struct store *store)
{
	return store_flush(window_of(store)->below);
}

static int window_zero(struct store *store, uint64_t len, uint64_t off,
		       unsigned flags)
{
	struct window *window = window_of(store);

	off += window->base;
	if (window->edge)
		return edge_zero(window->edge, len, off, flags);
	return store_zero(window->below, len, off, flags);
}

static int window_discard(struct store *store, uint64_t len, uint64_t off)
{
	struct window *window = window_of(store);

	off += window->base;
	if (window->edge)
		return edge_discard(window->edge, len, off);
	return store_discard(window->below, len, off);
}

/*
 * Asks for the granules below that the range touches.  What is found there
 * holds for the granules of ours that lie in it whole; where not even one
 * does, it is data.
 */
static int window_map(struct store *store, uint64_t off, uint64_t *len,
		      unsigned *ret_what)
{
	struct window *window = window_of(store);
	uint64_t granule = store->medium.granule;
	uint64_t granule_below = window->below->medium.granule;
	uint64_t from = window->base + off, to = from + *len;
	uint64_t start = round_down(from, granule_below);
	uint64_t found = round_up(to, granule_below) - start, end;
	unsigned what;
	int r;

	r = store_map(window->below, start, &found, &what);
	if (r < 0)
		return r;
	end = MIN(start + found, to);
	*len = round_down(end - MIN(end, from), granule);
	*ret_what = *len > 0 ? what : 0;
	*len = MAX(*len, granule);
	return 0;
}

static uint64_t window_lost(struct store *store)
{
	struct store *below = window_of(store)->below;

	return below->ops->lost(below);
}

static int window_access(struct store *store, int from, int to)
{
	struct store *below = window_of(store)->below;

	return below->ops->access(below, from, to);
}

/* Bounded, since somebody waits for this in stat(2). */
static uint64_t window_allocated(struct store *store)
{
	uint64_t off = 0, size = store->medium.size, holes = 0;

	for (unsigned i = 0; off < size && i < EXTENTS_MAX; i++) {
		uint64_t len = size - off;
		unsigned what;

		if (store_map(store, off, &len, &what) < 0)
			break;
		if (what & FILTER_HOLE)
			holes += len;
		off += len;
	}
	return size - holes;
}

static const struct store_ops window_ops = {
	.read		= window_read,
	.write		= window_write,
	.flush		= window_flush,
	.zero		= window_zero,
	.discard	= window_discard,
	.map		= window_map,
	.lost		= window_lost,
	.access		= window_access,
	.allocated	= window_allocated,
};

/* The largest power of two that @n is a multiple of. */
static uint64_t alignment(uint64_t n)
{
	return n & -n;
}

int window_new(struct store *below, uint64_t base, uint64_t size,
	       bool writable, struct store **ret)
{
	const struct filter_medium *medium = &below->medium;
	_cleanup_free_ struct window *window = NULL;

	if (!range_inside(base, size, medium->size))
		return -EINVAL;
	size = round_down(size, SECTOR);
	if (size == 0)
		return -ENXIO;

	window = calloc(1, sizeof(*window));
	if (!window)
		return -ENOMEM;
	window->store.ops = &window_ops;
	window->store.medium = (struct filter_medium){
		.size		= size,
		.granule	= (uint32_t)MIN((uint64_t)medium->granule,
						alignment(size)),
		.best		= medium->best,
		.writable	= writable && medium->writable,
		.discards	= medium->discards,
	};
	window->store.frees = below->frees;
	window->below = below;
	window->base = base;
	if (((base | size) & (medium->granule - 1)) != 0) {
		window->seam = seam_join(below);
		if (!window->seam)
			return -ENOMEM;
		window->edge = window->seam->edge;
	}
	*ret = &take_ptr(&window)->store;
	return 0;
}

void window_free(struct store *store)
{
	struct window *window = window_of(store);

	if (!store)
		return;
	if (window->seam)
		seam_part(window->seam);
	free(window);
}
