/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * client.h - one connection of a server: what is read of it, and when it ends
 *
 * A client is idle, or busy with one message until it is told to go on; what
 * it sends meanwhile stays in the kernel.  Whoever begins a message finishes
 * it in time, and who has been answered reads some of it now and then: else it
 * is cut.  Main thread.
 */
#ifndef FILTERD_CLIENT_H
#define FILTERD_CLIENT_H

#include "crowd.h"
#include "peer.h"
#include "varlink.h"

struct client;

struct client_limits {
	struct varlink_limits link;
	int frame_ms;		/* from the first byte of a message to its last */
	int unread_ms;		/* in which nothing of an answer is read */
};

struct client_ops {
	/* A message, which is taken; the client is busy with it.  0, or why
	   the connection ends. */
	int (*message)(struct client *client, struct varlink_message *message);
	/* All that was sent has been read, while it is busy. */
	void (*drained)(struct client *client);
	/* Something was read or sent: weight and deadline may be others. */
	void (*stirred)(struct client *client);
	/* The connection has ended: frees it. */
	void (*ended)(struct client *client);
};

struct client {
	struct crowd_member place;	/* first */
	const struct client_ops *ops;
	void *owner;			/* the server's; and so are these: */
	void *call;
	void (*gone)(void *arg);

	struct peer peer;
	struct client_limits limits;
	struct varlink *link;
	struct event_watch *watch;
	size_t held;			/* bytes of the message it waits for */
	int64_t deadline;		/* client_now(); INT64_MAX: none */
};

/* Takes @fd, in any case; not yet read.  NULL: out of memory. */
struct client *client_new(int fd, const struct peer *peer,
			  const struct client_ops *ops, void *owner);
/* 0 or -errno: reads from now on, within @limits. */
int client_start(struct client *client, const struct client_limits *limits);
void client_free(struct client *client);	/* NULL is allowed */

/* Something was put into the link, or (@idle) its message is answered, with
   what came of it (@r): sends on and reads on. */
void client_go_on(struct client *client, bool idle, int r);

/* Ends the connection from where it cannot be freed; ended() comes later. */
void client_cut(struct client *client, const char *why);

/* Milliseconds of a clock that only rises. */
int64_t client_now(void);

#endif /* FILTERD_CLIENT_H */
