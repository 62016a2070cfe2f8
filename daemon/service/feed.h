/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * feed.h - what happens, told to whoever follows it
 *
 *	{"event": "volume-published", "time": 1790000000000000, ...}
 *
 * "time" is in microseconds since 1970.  Nobody's reading holds the feed up:
 * who is FEED_UNREAD bytes behind misses what comes then, and is told how many
 * events that were ({"event": "lost", "count": 7}) when he has read the rest.
 * Main thread.
 */
#ifndef FILTERD_FEED_H
#define FILTERD_FEED_H

#include <stdbool.h>

#include "server.h"

#define FEED_UNREAD (64u << 10)

struct feed;

/* NULL: out of memory. */
struct feed *feed_new(void);

/* Ends the calls of all who follow.  NULL is allowed. */
void feed_free(struct feed *feed);

/*
 * Answers @call from now on, until the caller goes: first with {"event":
 * "following"}, so that he knows that he misses nothing any more.  Who did not
 * ask for more than one answer gets an error.
 */
void feed_follow(struct feed *feed, struct server_call *call);

/* Whether anybody follows. */
bool feed_followed(const struct feed *feed);

/*
 * Tells all of @event; @about, which may be NULL, has the other members and is
 * taken.  Who may only look hears it discreetly (discreet.h).
 */
void feed_tell(struct feed *feed, const char *event,
	       struct json_object *about);

#endif /* FILTERD_FEED_H */
