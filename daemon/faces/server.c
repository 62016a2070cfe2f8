/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.c - see server.h
 *
 * How a connection reads and writes is client.c's, and who has to go when they
 * are too many audience.c's.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audience.h"
#include "cleanup.h"
#include "failure-json.h"
#include "introspect.h"
#include "listener.h"
#include "log.h"
#include "peer.h"
#include "server.h"
#include "util.h"

#define SERVICE "org.varlink.service"
#define FAILED "org.filterd.Manager.Failed"

struct server_call {
	struct client *client;		/* NULL: gone */
	atomic_bool gone;		/* for other threads */
	enum server_right right;
	struct peer peer;
	struct varlink_message message;
	const struct server_waiter *waiter;	/* or NULL */
	void *waiter_arg;
};

struct server {
	struct offer {
		const struct server_method *methods;
		void *arg;
	} offers[SERVER_TABLES];
	size_t n_offers;
	void *arg;
	const char *interface, *description;
	struct listener *listener;
	bool open;			/* to everybody */
	gid_t group;			/* SERVER_ADMIN's */
	bool ready;			/* the audience is open */
	struct audience audience;
};

/* Calls of who may only look, and looks no more: main thread. */
static unsigned n_gone;

static struct client_limits limits_of(enum server_right right)
{
	bool looks = right == SERVER_ANYBODY;
	size_t most = looks ? SERVER_LOOK : VARLINK_MAX_MESSAGE;

	return (struct client_limits){
		.link = { .frame = most, .objects = most, .fds = !looks },
		.frame_ms = SERVER_FRAME_MS,
		.unread_ms = SERVER_UNREAD_MS,
	};
}

static struct json_object *text_member(const char *key, const char *text)
{
	struct json_object *object = json_object_new_object();

	/* Of what lacks memory here, sending will lack it too. */
	if (object)
		(void)json_object_object_add(object, key,
					     json_object_new_string(text));
	return object;
}

/*
 * Answers
 */

struct json_object *server_parameters(struct server_call *call)
{
	return call->message.parameters;
}

const int *server_fds(struct server_call *call, size_t *ret_n)
{
	*ret_n = call->message.n_fds;
	return call->message.fds;
}

const struct peer *server_peer(const struct server_call *call)
{
	return &call->peer;
}

bool server_may(const struct server_call *call, enum server_right right)
{
	return call->right >= right;
}

bool server_wants_more(struct server_call *call)
{
	return call->message.more && !call->message.oneway;
}

bool server_call_gone(const struct server_call *call)
{
	return atomic_load(&call->gone);
}

void server_wait(struct server_call *call, const struct server_waiter *waiter,
		 void *arg)
{
	call->waiter = waiter;
	call->waiter_arg = arg;
}

size_t server_unread(const struct server_call *call)
{
	return call->client ? varlink_unsent(call->client->link) : 0;
}

/* Its waiter may end it, which frees it. */
static void call_lost(struct server_call *call)
{
	call->client = NULL;
	n_gone += call->right == SERVER_ANYBODY;
	atomic_store(&call->gone, true);
	if (call->waiter && call->waiter->gone)
		call->waiter->gone(call->waiter_arg);
}

/* The link that the answer goes to, or NULL: nobody waits for it. */
static struct varlink *answer_link(const struct server_call *call)
{
	return call->client && !call->message.oneway ? call->client->link :
						       NULL;
}

/* That the answer could not be sent is the answer then. */
static int send_excuse(struct varlink *link, int error)
{
	struct failure f = { 0 };

	(void)failure_errno(&f, error, "the answer cannot be sent");
	return varlink_error(link, FAILED, failure_json_new(&f));
}

/* Ends it, with its last answer sent: @r. */
static void call_end(struct server_call *call, int r)
{
	struct client *client = call->client;

	n_gone -= !client && call->right == SERVER_ANYBODY;
	varlink_message_clear(&call->message);
	free(call);
	if (!client)
		return;
	client->call = NULL;
	if (r == -EMSGSIZE || r == -EILSEQ)
		r = send_excuse(client->link, r);
	client_go_on(client, true, r);
}

void server_error(struct server_call *call, const char *error,
		  struct json_object *parameters)
{
	struct varlink *link = answer_link(call);
	int r = 0;

	if (link)
		r = varlink_error(link, error, parameters);
	else
		json_object_put(parameters);
	call_end(call, r);
}

void server_continue(struct server_call *call, struct json_object *parameters)
{
	struct varlink *link = answer_link(call);
	int r;

	if (!link || !call->message.more) {
		json_object_put(parameters);
		return;
	}
	r = varlink_reply(link, parameters, true);
	client_go_on(call->client, false, r);
}

void server_reply(struct server_call *call, struct json_object *parameters)
{
	struct varlink *link = answer_link(call);
	int r = 0;

	/* A reply has the member, also with nothing in it. */
	if (link && !parameters)
		parameters = json_object_new_object();
	if (link)
		r = varlink_reply(link, parameters, false);
	else
		json_object_put(parameters);
	call_end(call, r);
}

void server_fail(struct server_call *call, const struct failure *f)
{
	server_error(call, FAILED, failure_json_new(f));
}

void server_invalid(struct server_call *call, const char *parameter)
{
	server_error(call, SERVICE ".InvalidParameter",
		     text_member("parameter", parameter));
}

/*
 * Calls
 */

static const struct server_method *find_method(const struct offer *offer,
					       const char *name)
{
	for (const struct server_method *m = offer->methods; m->name; m++)
		if (streq(m->name, name))
			return m;
	return NULL;
}

/* Nothing else bounds what is done for those who hang up and come again. */
static bool is_too_much(struct server_call *call)
{
	struct failure f = { 0 };

	if (server_may(call, SERVER_ADMIN) || n_gone < SERVER_MAX_GONE)
		return false;
	(void)failure_set(&f, -EBUSY, EXIT_BUSY, "too much is being looked "
			  "at for those who are gone");
	failure_hint(&f, "try again");
	server_fail(call, &f);
	return true;
}

static void dispatch(struct server *server, struct server_call *call)
{
	const char *name = call->message.method;

	if (is_too_much(call))
		return;

	for (size_t i = 0; i < server->n_offers; i++) {
		const struct offer *offer = &server->offers[i];
		const struct server_method *m = find_method(offer, name);

		if (!m)
			continue;
		if (!m->takes_fds)
			varlink_message_close_fds(&call->message);
		if (server_may(call, m->right))
			m->call(call, offer->arg);
		else
			server_error(call, SERVICE ".PermissionDenied", NULL);
		return;
	}
	if (!introspect(call, name, server->interface, server->description))
		server_error(call, SERVICE ".MethodNotFound",
			     text_member("method", name));
}

/*
 * What clients tell of themselves
 */

/* Starts what @message asks for, which is taken. */
static int on_message(struct client *client, struct varlink_message *message)
{
	struct server_call *call;

	if (!message->method) {
		varlink_message_clear(message);
		return -EBADMSG;
	}
	call = malloc(sizeof(*call));
	if (!call) {
		varlink_message_clear(message);
		return -ENOMEM;
	}
	*call = (struct server_call){
		.client = client,
		.right = (enum server_right)client->place.rank,
		.peer = client->peer,
		.message = *message,
	};
	client->call = call;
	dispatch(client->owner, call);
	return 0;
}

static void on_drained(struct client *client)
{
	struct server_call *call = client->call;

	if (call->waiter && call->waiter->drained)
		call->waiter->drained(call->waiter_arg);
}

static void forget(struct client *client)
{
	struct server *server = client->owner;

	if (client->call)
		call_lost(client->call);
	audience_leave(&server->audience, client);
	client_free(client);
}

static void on_ended(struct client *client)
{
	struct server *server = client->owner;
	void (*gone)(void *arg) = client->gone;

	forget(client);
	if (gone)
		gone(server->arg);
}

static void on_stirred(struct client *client)
{
	struct server *server = client->owner;

	audience_stirred(&server->audience, client);
}

static const struct client_ops client_ops = {
	.message = on_message,
	.drained = on_drained,
	.stirred = on_stirred,
	.ended = on_ended,
};

/*
 * Connections
 */

static enum server_right right_of(const struct server *server, int fd,
				  const struct peer *peer)
{
	if (peer->uid == 0 || peer->uid == geteuid())
		return SERVER_OWNER;
	if (server->group != SERVER_NO_GROUP &&
	    peer_in_group(fd, peer, server->group))
		return SERVER_ADMIN;
	return SERVER_ANYBODY;
}

/* A place for @client, who may get somebody else's. */
static int take_place(struct server *server, struct client *client)
{
	struct client *replaced;

	if (!audience_has_room(&server->audience, client, &replaced))
		return -EUSERS;
	if (replaced) {
		log_debug("connection of uid %u makes room for one of uid %u",
			  (unsigned)replaced->peer.uid,
			  (unsigned)client->peer.uid);
		forget(replaced);
	}
	audience_join(&server->audience, client);
	return 0;
}

/* At the first connection: the loop may be younger than the server. */
static int get_ready(struct server *server)
{
	int r;

	if (server->ready)
		return 0;
	r = audience_open(&server->audience, SERVER_MAX_CLIENTS,
			  SERVER_MAX_WEIGHT);
	server->ready = r == 0;
	return r;
}

int server_adopt(struct server *server, int fd, void (*gone)(void *arg))
{
	_cleanup_fd_ int owned = fd;
	struct client_limits limits;
	enum server_right right;
	struct client *client;
	struct peer peer;
	int r = get_ready(server);

	if (r == 0)
		r = peer_get(fd, &peer);
	if (r < 0)
		return r;
	right = right_of(server, fd, &peer);
	limits = limits_of(right);
	client = client_new(take_fd(&owned), &peer, &client_ops, server);
	if (!client)
		return -ENOMEM;
	client->place.rank = (int)right;
	client->gone = gone;
	r = client_start(client, &limits);
	if (r == 0)
		r = take_place(server, client);
	if (r < 0)
		client_free(client);
	return r;
}

static void on_connection(void *arg, int fd)
{
	struct server *server = arg;
	int r = server_adopt(server, fd, NULL);

	if (r < 0)
		log_debug("refused a connection: %s", strerror(-r));
}

/*
 * The server
 */

struct server *server_new(const struct server_method *methods, void *arg)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	*server = (struct server){
		.arg = arg, .group = SERVER_NO_GROUP,
	};
	server_offer(server, methods, arg);
	return server;
}

void server_offer(struct server *server, const struct server_method *methods,
		  void *arg)
{
	server->offers[server->n_offers++] = (struct offer){
		.methods = methods, .arg = arg,
	};
}

void server_free(struct server *server)
{
	if (!server)
		return;
	listener_free(server->listener);
	while (audience_first(&server->audience))
		forget(audience_first(&server->audience));
	if (server->ready)
		audience_close(&server->audience);
	free(server);
}

void server_describe(struct server *server, const char *interface,
		     const char *description)
{
	server->interface = interface;
	server->description = description;
}

void server_admit(struct server *server, gid_t group)
{
	server->open = true;
	server->group = group;
}

int server_listen(struct server *server, const char *path)
{
	return listener_open(path, server->open ? 0666 : 0600, on_connection,
			     server, &server->listener);
}

int server_listen_at(struct server *server, int fd)
{
	return listener_adopt(fd, on_connection, server, &server->listener);
}
