/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounted.h - a source that is mounted: its volumes, what others may ask of
 * it, and how it ends
 *
 *	MATCHING -> PUBLISHED <-> DETACHING -> GONE
 *
 * A detach that finds a volume open goes back to PUBLISHED with nothing
 * changed.  Main thread, but for what runs in its jobs.
 */
#ifndef FILTERD_MOUNTED_H
#define FILTERD_MOUNTED_H

#include <stdbool.h>

#include "server.h"
#include "stack.h"
#include "volumes.h"

enum mounted_state { MOUNTED_MATCHING, MOUNTED_PUBLISHED, MOUNTED_DETACHING,
		     MOUNTED_GONE };

struct mounted {
	enum mounted_state state;
	struct stack stack;
	struct place *place;
	struct volumes volumes;
	struct server *server;
	struct server_call *waiting;	/* who asked for the detach */
	struct failure failure;		/* of the detach under way */
};

/* Listens at DIR/.control: Detach, Explain and Status of org.filterd.Mount. */
int mounted_listen(struct mounted *mounted, struct failure *f);

/*
 * Begins to detach, or while matching cancels that.  What happens is logged;
 * when all is down, the loop ends with the exit code.
 */
void mounted_detach(struct mounted *mounted);

/* {source, path, media, volumes, control}; NULL: out of memory. */
struct json_object *mounted_describe(const struct mounted *mounted);

/* Gives back the rest: place, socket, memory.  Nothing is published then. */
void mounted_close(struct mounted *mounted);

#endif /* FILTERD_MOUNTED_H */
