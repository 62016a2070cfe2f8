/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest.h - somebody who has a medium open as it is, below what stands on it
 *
 * The rules are I/O Kit's (access.h).  A reader goes beside the filter that
 * stands there, and gets a file of his own.  A writer takes an idle filter
 * down: the medium is published as if nothing fitted it, and when he has left
 * it is matched afresh.  If a volume above is in use he is refused.
 *
 * A guest is a call that is not answered for the last time until he leaves, by
 * Close or with his connection.  Main thread.
 */
#ifndef FILTERD_GUEST_H
#define FILTERD_GUEST_H

#include "service.h"

/* {medium, write, shared, exclusive}: told {path, id} when it can be opened. */
void guest_open(struct service *service, struct server_call *call);

/* {id}: answered when he has left, and what fits stands there again. */
void guest_close(struct service *service, struct server_call *call);

/* For service.c: @attachment was matched once more, or has ended; or nobody is
   to have any of it open any more. */
void guest_renewed(struct service *service, struct attachment *attachment);
void guest_ended(struct service *service, struct attachment *attachment);
void guest_abort(struct service *service, struct attachment *attachment);

/* -EBUSY: somebody has a medium of @attachment open; said in @f. */
int guest_busy(const struct service *service,
	       const struct attachment *attachment, struct failure *f);

/* Appends {medium, holder, pid, level} of each guest of @medium (by its name, which
   with ids is that of one medium in the service) to the array. */
void guest_describe(const struct service *service, const char *medium,
		    struct json_object *array);

#endif /* FILTERD_GUEST_H */
