/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * change.h - changes of what could start: modules and personalities, loaded
 * and unloaded while the service runs
 *
 * One at a time, in the order they were asked for.  Who asked is answered when
 * everything that is attached has been matched with what is new, and so sees a
 * tree that has settled.  Main thread.
 */
#ifndef FILTERD_CHANGE_H
#define FILTERD_CHANGE_H

#include "personality.h"
#include "service.h"

enum change_kind {
	CHANGE_LOAD,	/* a module, and its personalities count */
	CHANGE_UNLOAD,	/* neither */
	CHANGE_MATCH,	/* what failed is tried again */
	CHANGE_RELOAD,	/* the files are read again */
	CHANGE_NAME,	/* one was published */
};

struct change_wish {
	enum change_kind kind;
	const char *module;		/* copied; NULL: all, or of none */
	struct personality *personality;	/* of LOAD: counts too; taken;
						   or NULL */
	/* LOAD: do not match with it yet; UNLOAD: leave the code. */
	bool only;
	/* Of what the answer begins with; taken; or NULL. */
	struct json_object *reply;
};

/* Takes the change and @call (NULL: nobody asks), which it answers. */
void change_begin(struct service *service, const struct change_wish *wish,
		  struct server_call *call);

/* Something that was being matched has settled, or gone. */
void change_settled(struct service *service);

/* Fails all calls that wait; for the end of the service. */
void change_end(struct service *service);

#endif /* FILTERD_CHANGE_H */
