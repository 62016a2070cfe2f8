/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edge.c - requests that do not keep to the granule
 *
 * A request falls into three kinds of pieces: what it has of its first granule,
 * the whole granules, and what it has of its last.  Each piece is done under
 * its own locks, which are let go before the next: overlapping writers get no
 * order from us, as a disk gives none.  But a granule that is read, changed
 * and written back is locked alone from the read to the write, and who writes
 * whole granules shares the locks of all its stripes.  Several stripes are
 * taken in ascending order.
 *
 * Code paths: [data].
 */
#include <pthread.h>
#include <stdlib.h>

#include "edge.h"
#include "port.h"
#include "scratch.h"

#define STRIPES		64u
#define STRIPE_SHIFT	20	/* regions of FILTER_MAX_IO bytes */

/* Zeros can be asked for by the terabyte, and others wait for their locks. */
#define ZERO_PIECE	(UINT64_C(16) << 20)

struct stripe {
	pthread_rwlock_t lock;
} __attribute__((aligned(64)));

struct edge {
	struct port *port;
	uint64_t mask;			/* the granule less one */
	struct stripe stripes[STRIPES];
};

static int stripes_init(struct edge *edge)
{
	pthread_rwlockattr_t attr;
	unsigned i;
	int r = pthread_rwlockattr_init(&attr);

	if (r != 0)
		return -r;
	/* A stream of aligned writers must not starve an unaligned one. */
	(void)pthread_rwlockattr_setkind_np(&attr,
			PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	for (i = 0; i < STRIPES && r == 0; i++)
		r = pthread_rwlock_init(&edge->stripes[i].lock, &attr);
	(void)pthread_rwlockattr_destroy(&attr);
	while (r != 0 && --i > 0)
		(void)pthread_rwlock_destroy(&edge->stripes[i - 1].lock);
	return -r;
}

struct edge *edge_new(struct port *below)
{
	struct edge *edge = aligned_alloc(_Alignof(struct edge), sizeof(*edge));

	if (!edge)
		return NULL;
	edge->port = below;
	edge->mask = below->face.medium->granule - 1;
	if (stripes_init(edge) < 0) {
		free(edge);
		return NULL;
	}
	return edge;
}

void edge_free(struct edge *edge)
{
	if (!edge)
		return;
	for (unsigned i = 0; i < STRIPES; i++)
		(void)pthread_rwlock_destroy(&edge->stripes[i].lock);
	free(edge);
}

/* The stripes of a range, which is not empty, a bit each. */
static uint64_t stripes_of(uint64_t len, uint64_t off)
{
	uint64_t region = off >> STRIPE_SHIFT;
	uint64_t last = (off + len - 1) >> STRIPE_SHIFT, set = 0;

	if (last - region >= STRIPES - 1)
		return UINT64_MAX;
	for (; region <= last; region++)
		set |= UINT64_C(1) << region % STRIPES;
	return set;
}

static void stripes_share(struct edge *edge, uint64_t set)
{
	for (unsigned i = 0; i < STRIPES; i++)
		if (set >> i & 1)
			(void)pthread_rwlock_rdlock(&edge->stripes[i].lock);
}

static void stripes_unlock(struct edge *edge, uint64_t set)
{
	for (unsigned i = 0; i < STRIPES; i++)
		if (set >> i & 1)
			(void)pthread_rwlock_unlock(&edge->stripes[i].lock);
}

/* How much of a request is its next piece. */
static uint64_t piece_of(const struct edge *edge, uint64_t len, uint64_t off)
{
	uint64_t granule = edge->mask + 1, skip = off & edge->mask;

	if (skip != 0)
		return MIN(len, granule - skip);
	return len < granule ? len : round_down(len, granule);
}

static bool is_whole(const struct edge *edge, uint64_t len, uint64_t off)
{
	return ((len | off) & edge->mask) == 0;
}

static bool is_inside(const struct edge *edge, uint64_t len, uint64_t off)
{
	return range_inside(off, len, store_size(edge->port->below));
}

/* A part of one granule. */
static int read_part(struct edge *edge, void *buf, size_t len, uint64_t off)
{
	struct filter_next *next = &edge->port->face;
	size_t granule = (size_t)edge->mask + 1, mark = scratch_mark();
	unsigned char *bytes = scratch_take(granule);
	int r = -ENOMEM;

	if (bytes)
		r = next->read(next, bytes, granule, off & ~edge->mask);
	if (r == 0)
		memcpy(buf, bytes + (off & edge->mask), len);
	scratch_release(mark);
	return r;
}

/* Changes a part of one granule to @buf, or to zeros if that is NULL.  Its
   stripe is locked. */
static int change_part(struct edge *edge, const void *buf, size_t len,
		       uint64_t off, unsigned flags)
{
	struct filter_next *next = &edge->port->face;
	size_t granule = (size_t)edge->mask + 1, mark = scratch_mark();
	unsigned char *bytes = scratch_take(granule);
	uint64_t start = off & ~edge->mask;
	int r = -ENOMEM;

	if (bytes)
		r = next->read(next, bytes, granule, start);
	if (r == 0) {
		if (buf)
			memcpy(bytes + (off - start), buf, len);
		else
			memset(bytes + (off - start), 0, len);
		r = next->write(next, bytes, granule, start, flags);
	}
	scratch_release(mark);
	return r;
}

static int write_part(struct edge *edge, const void *buf, size_t len,
		      uint64_t off, unsigned flags)
{
	struct stripe *stripe;
	int r;

	stripe = &edge->stripes[(off >> STRIPE_SHIFT) % STRIPES];
	(void)pthread_rwlock_wrlock(&stripe->lock);
	r = change_part(edge, buf, len, off, flags & FILTER_DURABLE);
	(void)pthread_rwlock_unlock(&stripe->lock);
	return r;
}

/* Whole granules; with @buf NULL they are zeroed. */
static int write_whole(struct edge *edge, const void *buf, uint64_t len,
		       uint64_t off, unsigned flags)
{
	struct filter_next *next = &edge->port->face;
	uint64_t set = stripes_of(len, off);
	int r;

	stripes_share(edge, set);
	if (buf)
		r = next->write(next, buf, (size_t)len, off, flags);
	else
		r = next->zero(next, len, off, flags);
	stripes_unlock(edge, set);
	return r;
}

int edge_read(struct edge *edge, void *buf, size_t len, uint64_t off)
{
	struct filter_next *next = &edge->port->face;
	unsigned char *at = buf;

	if (len > FILTER_MAX_IO || !is_inside(edge, len, off))
		return -EINVAL;
	while (len > 0) {
		size_t n = (size_t)piece_of(edge, len, off);
		int r;

		if (is_whole(edge, n, off))
			r = next->read(next, at, n, off);
		else
			r = read_part(edge, at, n, off);
		if (r < 0)
			return r;
		at += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* As edge_write, or as edge_zero if @buf is NULL. */
static int change(struct edge *edge, const unsigned char *buf, uint64_t len,
		  uint64_t off, unsigned flags)
{
	while (len > 0) {
		uint64_t n = piece_of(edge, len, off);
		int r;

		if (!buf)
			n = MIN(n, ZERO_PIECE);
		if (is_whole(edge, n, off))
			r = write_whole(edge, buf, n, off, flags);
		else
			r = write_part(edge, buf, (size_t)n, off, flags);
		if (r < 0)
			return r;
		if (buf)
			buf += n;
		off += n;
		len -= n;
	}
	return 0;
}

int edge_write(struct edge *edge, const void *buf, size_t len, uint64_t off,
	       unsigned flags)
{
	if (len > FILTER_MAX_IO || !is_inside(edge, len, off))
		return -EINVAL;
	return change(edge, buf, len, off, flags);
}

int edge_zero(struct edge *edge, uint64_t len, uint64_t off, unsigned flags)
{
	if (!is_inside(edge, len, off))
		return -EINVAL;
	return change(edge, NULL, len, off, flags);
}

int edge_discard(struct edge *edge, uint64_t len, uint64_t off)
{
	struct filter_next *next = &edge->port->face;
	uint64_t granule = edge->mask + 1, start, end;

	if (!is_inside(edge, len, off))
		return -EINVAL;
	start = round_up(off, granule);
	end = round_down(off + len, granule);
	return start < end ? next->discard(next, end - start, start) : 0;
}
