/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caller.c - see caller.h
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "escape.h"
#include "peer.h"

struct caller caller_of(const struct server_call *call)
{
	const struct peer *peer;

	if (!call)
		return (struct caller){ true, { geteuid(), getegid() } };
	peer = server_peer(call);
	return (struct caller){ server_may(call, SERVER_OWNER),
				{ peer->uid, peer->gid } };
}

int caller_may_attach(const struct caller *caller,
		      struct json_object *parameters, struct failure *f)
{
	struct json_object *fd;

	if (caller->owner)
		return 0;
	if (!json_object_object_get_ex(parameters, "source_fd", &fd)) {
		failure_hint(f, "filterctl opens it, and passes the "
			     "descriptor");
		return failure_set(f, -EPERM, EXIT_DENIED,
				   "only root has the service open a path");
	}
	if (!strchr(varlink_string(parameters, "filter"), ','))
		return 0;
	failure_hint(f, "they could name files: a personality can have them");
	return failure_set(f, -EPERM, EXIT_DENIED,
			   "only root gives a filter settings");
}

int caller_may_change(const struct caller *caller, const struct caller *whose,
		      const char *name, struct failure *f)
{
	if (caller->owner || (!whose->owner &&
			      whose->who.uid == caller->who.uid))
		return 0;
	return failure_set(f, -EPERM, EXIT_DENIED,
			   "'%s' was attached by somebody else",
			   escape_show(name).text);
}
