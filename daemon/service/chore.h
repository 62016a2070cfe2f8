/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chore.h - what a caller wants of one filter, done in a job
 *
 * The call's "name" says which filter.  Its attachment stays as it is while
 * the chore runs.
 */
#ifndef FILTERD_CHORE_H
#define FILTERD_CHORE_H

#include "service.h"

struct chore {
	struct service *service;
	struct server_call *call;
	struct attachment *attachment;
	struct medium *medium;		/* whose layer it is about */
	/* On the job's thread.  0, or a negative errno said in failure. */
	int (*work)(struct chore *chore);
	struct json_object *reply;	/* work's; NULL: nothing to say */
	struct failure failure;
};

/*
 * The medium that @what means, and that a filter publishes: by its name
 * ("disk.crypt"), its file, its number or its filter's ("id:0x105"), or its
 * filter ("class:crypt"); or the only one of the source that has this name.
 * 0, or said in @f: -ENOENT; -ENOTUNIQ, there are several.  Main thread.
 */
int chore_find(const struct service *service, const char *what,
	       struct attachment **ret_attachment, struct medium **ret,
	       struct failure *f);

/* Answers @call with what @work makes of it.  Main thread. */
void chore_start(struct service *service, struct server_call *call,
		 int (*work)(struct chore *chore));

#endif /* FILTERD_CHORE_H */
