/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reload.h - reading filterd.conf, at first and again while volumes run
 *
 * Main thread.
 */
#ifndef FILTERD_RELOAD_H
#define FILTERD_RELOAD_H

#include <stdbool.h>

#include "service.h"

/* Zeroed, then the first group is the owner's to set. */
struct reload {
	struct service *service;
	bool verbose;		/* all is logged, whatever the files say */

	bool running, again;
	struct conf conf;	/* being read */
};

/* Reads it before the loop runs.  0, or a negative errno said in @f. */
int reload_first(struct reload *reload, struct failure *f);

/* Reads it in a job and lets it count; the service manager is told.  What is
   asked for meanwhile is one more reload.  No volume is touched. */
void reload_begin(struct reload *reload);

#endif /* FILTERD_RELOAD_H */
