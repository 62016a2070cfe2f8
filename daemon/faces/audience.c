/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * audience.c - see audience.h
 */
#include <errno.h>

#include "audience.h"
#include "events.h"
#include "log.h"
#include "util.h"

static struct client *client_of(struct crowd_member *member)
{
	return (struct client *)member;		/* its first */
}

static void wake_at(struct audience *audience, int64_t when)
{
	int64_t ms = when == INT64_MAX ? -1 :
		     MAX(when - client_now(), (int64_t)0);

	audience->next = when;
	if (events_timer_set(audience->timer, ms) < 0)
		log_warning("nobody watches how long clients take");
}

/* Deadlines that were put off meanwhile, or fell away, are met with patience:
   it wakes once in vain. */
static void on_timer(void *arg)
{
	struct audience *audience = arg;
	int64_t now = client_now(), next = INT64_MAX;

	for (struct crowd_member *m = audience->crowd.first; m; m = m->next) {
		if (client_of(m)->deadline <= now)
			client_cut(client_of(m), "it takes too long");
		next = MIN(next, client_of(m)->deadline);
	}
	wake_at(audience, next);
}

int audience_open(struct audience *audience, size_t max_clients,
		  size_t max_weight)
{
	*audience = (struct audience){
		.timer = events_timer(on_timer, audience),
		.next = INT64_MAX,
		.max_clients = max_clients, .max_weight = max_weight,
	};
	return audience->timer ? 0 : -ENOMEM;
}

void audience_close(struct audience *audience)
{
	events_timer_free(audience->timer);
	*audience = (struct audience){ 0 };
}

bool audience_has_room(const struct audience *audience,
		       const struct client *newcomer, struct client **ret)
{
	struct crowd_member *replaced;

	*ret = NULL;
	if (audience->crowd.n < audience->max_clients)
		return true;
	replaced = crowd_replaced(&audience->crowd, &newcomer->place);
	if (!replaced)
		return false;
	*ret = client_of(replaced);
	return true;
}

void audience_join(struct audience *audience, struct client *client)
{
	crowd_join(&audience->crowd, &client->place);
}

void audience_leave(struct audience *audience, struct client *client)
{
	crowd_leave(&audience->crowd, &client->place);
}

void audience_stirred(struct audience *audience, struct client *client)
{
	while (crowd_weight(&audience->crowd) > audience->max_weight)
		client_cut(client_of(crowd_heaviest(&audience->crowd)),
			   "it holds too much");
	if (client->deadline < audience->next)
		wake_at(audience, client->deadline);
}

struct client *audience_first(const struct audience *audience)
{
	return audience->crowd.first ? client_of(audience->crowd.first) : NULL;
}
