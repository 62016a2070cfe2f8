/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nub.h - the provider that is always there: resources
 *
 * I/O Kit's root nub for drivers without hardware.  It has no bytes and no
 * file; what filters publish there is in the tree, and under no directory.
 * Main thread, but for its jobs, of which one runs at a time.
 */
#ifndef FILTERD_NUB_H
#define FILTERD_NUB_H

#include "matcher.h"
#include "resources.h"
#include "source.h"

struct nub {
	struct source source;		/* nothing but its root */
	struct matcher matcher;
	struct resources *resources;
	struct catalogue *catalogue;	/* of the job; a reference */
	struct catalogue *coming;	/* of the next one, or NULL */
	bool busy;			/* a job has the tree */
	bool matched;			/* at least once */
	bool all, coming_all;
	volatile int cancelled;
	void (*settled)(void *arg);	/* a job has ended; may be NULL */
	void (*stopped)(void *arg);	/* of nub_stop(); NULL: it runs */
	void *arg;
};

/* Makes it; @settled and @arg are for nub_renew().  0 or -ENOMEM. */
int nub_open(struct nub *nub, struct modules *modules,
	     void (*settled)(void *arg), void *arg);

/* As attachment_renew(): matches with @catalogue what is due, the first time
   all.  After it began to stop, nothing. */
void nub_renew(struct nub *nub, struct catalogue *catalogue, bool all);

/* Whether a job runs, or is to run. */
bool nub_is_busy(const struct nub *nub);

/* Takes down all that stands there, then calls @stopped.  Once. */
void nub_stop(struct nub *nub, void (*stopped)(void *arg));

/* Of one that has stopped, or never began. */
void nub_close(struct nub *nub);

#endif /* FILTERD_NUB_H */
