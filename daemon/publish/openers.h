/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * openers.h - who has an export's file open: their level, and what they lost
 *
 * The medium's level is that of the highest opener.  A handle remembers how
 * many flushes had failed when it was opened; once that number has grown, each
 * of its flushes fails with EIO, and a new handle starts clean.  So no fsync
 * can succeed for a writer whose bytes went away in somebody else's flush.
 */
#ifndef FILTERD_OPENERS_H
#define FILTERD_OPENERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct port;

struct openers {
	struct port *port;
	pthread_mutex_t lock;	/* guards the counts, orders port_access() */
	unsigned readers, writers;
	unsigned leaving;	/* writers whose last flush is under way */
	_Atomic uint64_t failed;	/* flushes through this port */
};

void openers_init(struct openers *openers, struct port *port);
void openers_fini(struct openers *openers);

/* One more; *ret_handle is what openers_flush() asks for.  Blocks while the
   layers below take the level.  0 or their error. */
int openers_add(struct openers *openers, bool writer, uint64_t *ret_handle);

/* One less.  The last writer's leaving flushes; returns that flush's error. */
int openers_drop(struct openers *openers, bool writer);

/* All are gone, told or not: flushes if the medium can be written, then level
   NOBODY.  Returns the flush's error. */
int openers_clear(struct openers *openers);

/* At 0 all that the handle's owner wrote before is durable. */
int openers_flush(struct openers *openers, uint64_t handle);

bool openers_any(struct openers *openers);

#endif /* FILTERD_OPENERS_H */
