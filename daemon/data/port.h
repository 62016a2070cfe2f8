/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * port.h - one user's connection to a store: what a filter calls "next"
 *
 * It carries what belongs to the user and not to the store: its access level,
 * and the lost flushes it has been told of.  A device's failed flush belongs
 * to everybody above that device; each port reports it once, at its next
 * flush.
 */
#ifndef FILTERD_PORT_H
#define FILTERD_PORT_H

#include <stdatomic.h>

#include "store.h"

struct layer;

struct port {
	struct filter_next face;	/* first: filters see only this */
	struct filter_medium medium;	/* what they see of what is below */
	struct store *below;
	struct layer *layer;		/* whose it is; NULL: an export's */
	_Atomic uint64_t seen;		/* lost flushes already reported */
	_Atomic int level;
};

/* The port has no services but the data calls (services.c adds them). */
void port_init(struct port *port, struct store *below);

/* The size that is seen becomes the one below; nobody may look meanwhile.
   Returns the one that was seen before. */
uint64_t port_follow(struct port *port);

/* The level goes to @level; downwards it cannot fail.  One caller at once. */
int port_access(struct port *port, int level);

#endif /* FILTERD_PORT_H */
