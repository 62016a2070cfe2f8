/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * services.c - what filter_next offers a started layer beside the data calls
 *
 * What belongs to [cold] and [verb] code stays absent here: the helper offers
 * that.
 *
 * Code paths: [data], [any] and [job], as filter.h says of each.
 */
#include <stdarg.h>
#include <stdio.h>

#include "layer.h"
#include "scratch.h"
#include "services.h"

/* The longest text of a filter; the rest is cut off. */
#define SAY_LEN 512

/* The face is the port's first member. */
static struct layer *layer_of(struct filter_next *next)
{
	return ((struct port *)next)->layer;
}

/*
 * A request has had its filter_ops.scratch reserved before it came in.  A
 * thread of the filter's own borrows for its whole life; its lane is what
 * tells the two apart.
 */
static void *service_scratch(struct filter_next *next, size_t len)
{
	(void)layer_lane(layer_of(next));
	return scratch_take(len);
}

static unsigned service_lane(struct filter_next *next)
{
	return layer_lane(layer_of(next));
}

/*
 * One after the other, on this thread.  That keeps every promise: no fn waits
 * for another, all are called, and the first error is returned.  More threads
 * would be faster for filters that compute much in one request; they need a
 * pool per volume, which comes with the first such filter.
 */
static int service_each(struct filter_next *next, unsigned n,
			int (*fn)(void *arg, unsigned i), void *arg)
{
	int first = 0;

	(void)next;
	for (unsigned i = 0; i < n; i++) {
		size_t mark = scratch_mark();
		int r = fn(arg, i);

		scratch_release(mark);
		if (first == 0)
			first = r;
	}
	return first;
}

static void *service_keep(struct filter_next *next, size_t len, bool *ret_kept)
{
	return layer_keep(layer_of(next), len, ret_kept);
}

static void service_changed(struct filter_next *next)
{
	layer_change(layer_of(next));
}

static void service_lost(struct filter_next *next, int error)
{
	layer_lost(layer_of(next), error);
}

static void __attribute__((format(printf, 3, 4)))
service_say(struct filter_next *next, int level, const char *fmt, ...)
{
	char text[SAY_LEN];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	layer_say(layer_of(next), level, text);
}

static const void *service_library(struct filter_next *next,
				   const char *module)
{
	return layer_library(layer_of(next), module);
}

void services_init(struct port *port, struct layer *layer)
{
	port->layer = layer;
	port->face.scratch = service_scratch;
	port->face.lane = service_lane;
	port->face.lanes = LAYER_LANES;
	port->face.each = service_each;
	port->face.keep = service_keep;
	port->face.changed = service_changed;
	port->face.lost = service_lost;
	port->face.say = service_say;
	port->face.library = service_library;
}
