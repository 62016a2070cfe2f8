/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * port.c - one user's connection to a store
 *
 * Code paths: [data], but port_access() [job].
 */
#include "port.h"

/* The face is the port's first member. */
static struct port *port_of(struct filter_next *next)
{
	return (struct port *)next;
}

static int port_read(struct filter_next *next, void *buf, size_t len,
		     uint64_t off)
{
	return store_read(port_of(next)->below, buf, len, off);
}

static int port_write(struct filter_next *next, const void *buf, size_t len,
		      uint64_t off, unsigned flags)
{
	return store_write(port_of(next)->below, buf, len, off, flags);
}

/*
 * Whether the device has lost a flush that this port has not been told of.  It
 * has been told now: of callers at the same time only one hears it.
 */
static bool port_learns(struct port *port)
{
	uint64_t lost = port->below->ops->lost(port->below);
	uint64_t seen = atomic_load(&port->seen);

	while (seen < lost)
		if (atomic_compare_exchange_weak(&port->seen, &seen, lost))
			return true;
	return false;
}

/*
 * Flushes are merged below, and the kernel reports a failed one once: it may
 * have gone to somebody else, with our bytes in it.  So one that works after
 * it says nothing about what was written before.
 */
static int port_flush(struct filter_next *next)
{
	struct port *port = port_of(next);
	int r = store_flush(port->below);

	if (port_learns(port) && r == 0)
		r = -EIO;
	return r;
}

static int port_zero(struct filter_next *next, uint64_t len, uint64_t off,
		     unsigned flags)
{
	return store_zero(port_of(next)->below, len, off, flags);
}

static int port_discard(struct filter_next *next, uint64_t len, uint64_t off)
{
	return store_discard(port_of(next)->below, len, off);
}

static int port_map(struct filter_next *next, uint64_t off, uint64_t *len,
		    unsigned *ret_what)
{
	return store_map(port_of(next)->below, off, len, ret_what);
}

void port_init(struct port *port, struct store *below)
{
	*port = (struct port){
		.face = {
			.medium		= &port->medium,
			.read		= port_read,
			.write		= port_write,
			.flush		= port_flush,
			.zero		= port_zero,
			.discard	= port_discard,
			.map		= port_map,
		},
		.medium = below->medium,
		.below = below,
	};
	port->medium.size = store_size(below);
	atomic_init(&port->seen, below->ops->lost(below));
	atomic_init(&port->level, FILTER_NOBODY);
}

uint64_t port_follow(struct port *port)
{
	uint64_t before = port->medium.size;

	port->medium.size = store_size(port->below);
	return before;
}

int port_access(struct port *port, int level)
{
	int from = atomic_load(&port->level), r;

	if (level == from)
		return 0;
	if (level == FILTER_WRITER && !port->below->medium.writable)
		return -EROFS;
	r = port->below->ops->access(port->below, from, level);
	if (r < 0 && level > from)
		return r;
	atomic_store(&port->level, level);
	return 0;
}
