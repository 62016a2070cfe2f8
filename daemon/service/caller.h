/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caller.h - for whom the service does something, and what he may
 *
 * Root may what root may.  A member of the group that filterd.conf names may
 * have the service hold what he has opened himself, and detach that again:
 * he passes the descriptor, with his rights, and names no file, neither as a
 * source nor in the settings of a filter.  The volumes are his files.
 */
#ifndef FILTERD_CALLER_H
#define FILTERD_CALLER_H

#include "export.h"
#include "server.h"

struct caller {
	bool owner;		/* root, or who the service runs as */
	struct export_owner who;
};

/* NULL: the service does it by itself. */
struct caller caller_of(const struct server_call *call);

/* Whether he may attach what @parameters say.  0, or -EPERM said in @f. */
int caller_may_attach(const struct caller *caller,
		      struct json_object *parameters, struct failure *f);

/* Whether he may change or end @name, which @whose attached. */
int caller_may_change(const struct caller *caller, const struct caller *whose,
		      const char *name, struct failure *f);

#endif /* FILTERD_CALLER_H */
