/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * client.c - see client.h
 *
 * Each wakeup of a client reads one message at most: so none starves another,
 * and no method runs inside another one's answer.  A link may hold more
 * messages that it has read already, which no poll tells of; EPOLLOUT, which is
 * nearly always there, brings us back for them.
 *
 * A client is freed only by its own wakeup (or with the server): where it is
 * cut its socket is shut down, and the hang-up comes back as an event.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "events.h"
#include "log.h"

int64_t client_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void client_cut(struct client *client, const char *why)
{
	if (client->place.leaving)
		return;
	log_debug("connection of uid %u cut: %s", (unsigned)client->peer.uid,
		  why);
	client->place.leaving = true;
	client->deadline = INT64_MAX;
	varlink_cut(client->link);
}

/* What wakes us next: while it is busy nothing but its end. */
static void arm(struct client *client, uint32_t what)
{
	int unsent = varlink_flush(client->link), r = unsent;

	if (client->place.busy)
		what = 0;
	if (unsent > 0)
		what |= EPOLLOUT;
	if (unsent > 0 && !client->place.busy &&
	    client->deadline == INT64_MAX)
		client->deadline = client_now() + client->limits.unread_ms;
	if (unsent >= 0)
		r = events_watch_for(client->watch, what);
	if (r < 0)
		client_cut(client, strerror(-r));
	client->place.weight = varlink_weight(client->link) + client->held;
	client->ops->stirred(client);
}

void client_go_on(struct client *client, bool idle, int r)
{
	if (idle) {
		client->place.busy = false;
		client->held = 0;
	}
	if (r < 0)
		client_cut(client, strerror(-r));
	arm(client, EPOLLIN | EPOLLOUT);
}

static int take_message(struct client *client,
			struct varlink_message *message)
{
	client->deadline = INT64_MAX;
	client->place.busy = true;
	client->held = message->weight;
	arm(client, 0);
	return client->ops->message(client, message);
}

/* 0: the peer has sent its last message; 1: it lives; or why it ends. */
static int read_on(struct client *client)
{
	struct varlink_message message;
	int r = varlink_receive(client->link, &message, 0);

	if (r == 1) {
		r = take_message(client, &message);
		return r < 0 ? r : 1;
	}
	if (r != -EAGAIN)
		return r;
	if (!varlink_midway(client->link))
		client->deadline = INT64_MAX;
	else if (client->deadline == INT64_MAX)
		client->deadline = client_now() + client->limits.frame_ms;
	arm(client, EPOLLIN);
	return 1;
}

static void end(struct client *client, int r)
{
	if (r < 0)
		log_debug("connection of uid %u ended: %s",
			  (unsigned)client->peer.uid, strerror(-r));
	client->ops->ended(client);
}

/* Sends what it takes: 1 while some is left, 0, or why it ends. */
static int send_on(struct client *client)
{
	size_t before = varlink_unsent(client->link);
	int unsent = varlink_flush(client->link);

	if (unsent > 0 && !client->place.busy &&
	    varlink_unsent(client->link) < before)
		client->deadline = client_now() + client->limits.unread_ms;
	else if (unsent == 0 && before > 0)
		client->deadline = INT64_MAX;
	if (unsent == 0 && before > 0 && client->place.busy)
		client->ops->drained(client);
	return unsent;
}

static void on_client(void *arg, uint32_t what)
{
	struct client *client = arg;
	bool hung_up = what & (EPOLLHUP | EPOLLERR);
	int unsent, r;

	client->place.active = (uint64_t)client_now();
	unsent = send_on(client);
	if (unsent < 0) {
		end(client, unsent);
		return;
	}
	if (client->place.busy) {
		/* A hang-up is both directions: no answer can arrive.  Who
		   only has nothing more to ask still gets what it asked. */
		if (hung_up)
			end(client, 0);
		else
			arm(client, 0);
		return;
	}
	if (unsent > 0 && !hung_up) {
		arm(client, 0);
		return;
	}
	r = read_on(client);
	if (r <= 0)
		end(client, r);
}

struct client *client_new(int fd, const struct peer *peer,
			  const struct client_ops *ops, void *owner)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		(void)close(fd);
		return NULL;
	}
	*client = (struct client){
		.place = { .uid = peer->uid,
			   .active = (uint64_t)client_now() },
		.ops = ops, .owner = owner, .peer = *peer,
		.deadline = INT64_MAX, .link = varlink_new(fd),
	};
	if (client->link)
		return client;
	free(client);
	return NULL;
}

int client_start(struct client *client, const struct client_limits *limits)
{
	client->limits = *limits;
	varlink_limit(client->link, &limits->link);
	varlink_hold(client->link);
	client->watch = events_watch(varlink_fd(client->link), on_client,
				     client);
	return client->watch ? 0 : -ENOMEM;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	events_unwatch(client->watch);
	varlink_free(client->link);
	free(client);
}
