/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * feed.c - see feed.h
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "discreet.h"
#include "feed.h"

struct follower {
	struct server_call *call;
	uint64_t lost;			/* events, since it fell behind */
	struct follower *next, **link_to_us;
};

struct feed {
	struct follower *first;
};

static struct json_object *new_event(const char *event)
{
	struct json_object *object = json_object_new_object();
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!object)
		return NULL;
	/* Of what lacks memory here, sending will lack it too. */
	(void)json_object_object_add(object, "event",
				     json_object_new_string(event));
	(void)json_object_object_add(object, "time", json_object_new_int64(
		(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000));
	return object;
}

/* Shares the members with @about. */
static void add_members(struct json_object *object, struct json_object *about)
{
	if (!object || !about)
		return;
	json_object_object_foreach(about, key, value)
		(void)json_object_object_add(object, key,
					     json_object_get(value));
}

/* Ends it where it is not ended yet: what the caller was told stays told. */
static void follower_free(struct follower *follower)
{
	*follower->link_to_us = follower->next;
	if (follower->next)
		follower->next->link_to_us = follower->link_to_us;
	server_reply(follower->call, new_event("end"));
	free(follower);
}

static void on_gone(void *arg)
{
	follower_free(arg);
}

static void on_drained(void *arg)
{
	struct follower *follower = arg;
	struct json_object *object;

	if (follower->lost == 0)
		return;
	object = new_event("lost");
	if (object)
		(void)json_object_object_add(object, "count",
				json_object_new_uint64(follower->lost));
	follower->lost = 0;
	server_continue(follower->call, object);
}

static const struct server_waiter waiter = { on_gone, on_drained };

bool feed_followed(const struct feed *feed)
{
	return feed->first != NULL;
}

struct feed *feed_new(void)
{
	return calloc(1, sizeof(struct feed));
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	while (feed->first)
		follower_free(feed->first);
	free(feed);
}

void feed_follow(struct feed *feed, struct server_call *call)
{
	struct follower *follower;

	if (!server_wants_more(call)) {
		server_error(call, "org.varlink.service.ExpectedMore", NULL);
		return;
	}
	follower = malloc(sizeof(*follower));
	if (!follower) {
		struct failure f = { 0 };

		(void)failure_errno(&f, -ENOMEM, "cannot follow");
		server_fail(call, &f);
		return;
	}
	*follower = (struct follower){ .call = call,
				       .next = feed->first,
				       .link_to_us = &feed->first };
	if (follower->next)
		follower->next->link_to_us = &follower->next;
	feed->first = follower;
	server_wait(call, &waiter, follower);
	server_continue(call, new_event("following"));
}

static void tell(struct follower *follower, struct json_object *event)
{
	/* Once behind, it first hears what it missed: in order. */
	if (follower->lost > 0 ||
	    server_unread(follower->call) >= FEED_UNREAD)
		follower->lost++;
	else
		server_continue(follower->call, json_object_get(event));
}

void feed_tell(struct feed *feed, const char *event,
	       struct json_object *about)
{
	struct json_object *whole = new_event(event), *public;

	add_members(whole, about);
	public = discreet_copy(whole);
	for (struct follower *f = feed->first; f; f = f->next)
		tell(f, server_may(f->call, SERVER_ADMIN) ? whole : public);
	json_object_put(whole);
	json_object_put(public);
	json_object_put(about);
}
