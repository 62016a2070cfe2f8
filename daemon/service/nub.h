/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nub.h - the provider that is always there: resources
 *
 * I/O Kit's root nub for drivers without hardware.  It is an attachment without
 * a disk and without a place: what filters publish on it is in the tree, and
 * under no directory.  Main thread.
 */
#ifndef FILTERD_NUB_H
#define FILTERD_NUB_H

#include "attachment.h"
#include "resources.h"

struct nub {
	struct attachment attachment;
	struct resources *resources;
	void (*settled)(void *arg);	/* it was matched once more */
	void (*stopped)(void *arg);
	void *arg;
};

/* Makes it, with nothing on it yet: nub_renew() matches it.  @modules must
   outlive it.  0 or a negative errno. */
int nub_open(struct nub *nub, struct catalogue *catalogue,
	     struct modules *modules, void (*settled)(void *arg), void *arg);

/* As attachment_renew(). */
void nub_renew(struct nub *nub, struct catalogue *catalogue, bool all);

/* Whether its tree is being changed, is to be, or is there no more. */
bool nub_is_busy(const struct nub *nub);

/* Takes down all that stands there, then calls @stopped.  Where a client is
   connected to a filter, nothing happens: to be tried again. */
void nub_stop(struct nub *nub, void (*stopped)(void *arg));

/* Of one that has stopped, or never was renewed. */
void nub_close(struct nub *nub);

#endif /* FILTERD_NUB_H */
