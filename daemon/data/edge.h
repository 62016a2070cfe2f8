/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edge.h - requests that do not keep to the granule
 *
 * Heads and tails are read, changed and written under a striped range lock;
 * aligned writes share the lock, so that none is lost between the two.  The
 * stripes are the only lock held over a call into another layer: nothing below
 * may call an edge of the same stack.
 */
#ifndef FILTERD_EDGE_H
#define FILTERD_EDGE_H

#include <stddef.h>
#include <stdint.h>

struct edge;
struct port;

/* @below must outlive it.  NULL: out of memory. */
struct edge *edge_new(struct port *below);
void edge_free(struct edge *edge);		/* NULL is allowed */

/*
 * As port_read() and its sisters, for any @off and @len inside the medium.
 * @len at most FILTER_MAX_IO for read and write.  -EINVAL outside.
 */
int edge_read(struct edge *edge, void *buf, size_t len, uint64_t off);
int edge_write(struct edge *edge, const void *buf, size_t len, uint64_t off,
	       unsigned flags);
/* Exactly the bytes asked for read as zeros afterwards. */
int edge_zero(struct edge *edge, uint64_t len, uint64_t off, unsigned flags);
/* An advice: the whole granules inside. */
int edge_discard(struct edge *edge, uint64_t len, uint64_t off);

#endif /* FILTERD_EDGE_H */
