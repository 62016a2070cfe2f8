/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * audience.h - the clients of a server: their places, their time, and the
 * memory that they share
 *
 * Whom crowd.h's rule meets has to go, and whoever takes too long.
 */
#ifndef FILTERD_AUDIENCE_H
#define FILTERD_AUDIENCE_H

#include "client.h"

struct audience {
	struct crowd crowd;
	struct event_timer *timer;
	int64_t next;			/* when it goes off; INT64_MAX: never */
	size_t max_clients, max_weight;
};

/* 0, or -ENOMEM; events_init() was called. */
int audience_open(struct audience *audience, size_t max_clients,
		  size_t max_weight);
/* All have left. */
void audience_close(struct audience *audience);

/* Whether there is a place for @newcomer, or (*ret) whose it may have, who is
   to leave first. */
bool audience_has_room(const struct audience *audience,
		       const struct client *newcomer, struct client **ret);
void audience_join(struct audience *audience, struct client *client);
void audience_leave(struct audience *audience, struct client *client);

/* What client_ops.stirred tells. */
void audience_stirred(struct audience *audience, struct client *client);

/* One of them; NULL: nobody is there. */
struct client *audience_first(const struct audience *audience);

#endif /* FILTERD_AUDIENCE_H */
