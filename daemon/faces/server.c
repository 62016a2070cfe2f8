/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.c - see server.h
 *
 * Each wakeup of a client reads one message at most: so none starves another,
 * and no method runs inside another one's answer.  A link may hold more
 * messages that it has read already, which no poll tells of; EPOLLOUT, which is
 * nearly always there, brings us back for them.
 *
 * A client is freed only by its own wakeup (or with the server): where sending
 * fails its socket is shut down, and the hang-up comes back as an event.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "events.h"
#include "failure-json.h"
#include "introspect.h"
#include "listener.h"
#include "log.h"
#include "server.h"
#include "util.h"

#define SERVICE "org.varlink.service"
#define FAILED "org.filterd.Manager.Failed"

struct client {
	struct server *server;
	struct client *next, **link_to_us;
	struct varlink *link;
	struct event_watch *watch;
	uid_t uid;
	struct server_call *call;	/* runs; NULL: none */
	void (*gone)(void *arg);
};

struct server_call {
	struct client *client;		/* NULL: gone */
	atomic_bool gone;		/* for other threads */
	uid_t uid;
	struct varlink_message message;
};

struct server {
	const struct server_method *methods;
	void *arg;
	const char *interface, *description;
	struct listener *listener;
	struct client *clients;
	size_t n_clients;
};

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

uid_t server_uid(struct server_call *call)
{
	return call->uid;
}

bool server_wants_more(struct server_call *call)
{
	return call->message.more && !call->message.oneway;
}

bool server_call_gone(const struct server_call *call)
{
	return atomic_load(&call->gone);
}

static void call_lost(struct server_call *call)
{
	call->client = NULL;
	atomic_store(&call->gone, true);
}

/* The link that the answer goes to, or NULL: nobody waits for it. */
static struct varlink *answer_link(const struct server_call *call)
{
	return call->client && !call->message.oneway ? call->client->link :
						       NULL;
}

/* Ends a connection from where its client cannot be freed. */
static void client_cut(struct client *client, int error)
{
	log_debug("cannot answer uid %u: %s", (unsigned)client->uid,
		  strerror(-error));
	(void)shutdown(varlink_fd(client->link), SHUT_RDWR);
}

/* What wakes us next: while a call runs nothing but its end. */
static void client_arm(struct client *client, uint32_t what)
{
	int unsent = varlink_flush(client->link), r = unsent;

	if (client->call)
		what = 0;
	if (unsent > 0)
		what |= EPOLLOUT;
	if (unsent >= 0)
		r = events_watch_for(client->watch, what);
	if (r < 0)
		client_cut(client, r);
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

	varlink_message_clear(&call->message);
	free(call);
	if (!client)
		return;
	client->call = NULL;
	if (r == -EMSGSIZE || r == -EILSEQ)
		r = send_excuse(client->link, r);
	if (r < 0)
		client_cut(client, r);
	else
		client_arm(client, EPOLLIN | EPOLLOUT);
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
	if (r < 0)
		client_cut(call->client, r);
	else
		client_arm(call->client, 0);
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

static bool may_call(const struct server_call *call, enum server_right right)
{
	return right == SERVER_ANYBODY || call->uid == 0 ||
	       call->uid == geteuid();
}

static void dispatch(struct server *server, struct server_call *call)
{
	const char *name = call->message.method;

	for (const struct server_method *m = server->methods; m->name; m++) {
		if (!streq(m->name, name))
			continue;
		if (may_call(call, m->right))
			m->call(call, server->arg);
		else
			server_error(call, SERVICE ".PermissionDenied", NULL);
		return;
	}
	if (!introspect(call, name, server->interface, server->description))
		server_error(call, SERVICE ".MethodNotFound",
			     text_member("method", name));
}

/* Starts what @message asks for, which is taken. */
static int client_call(struct client *client, struct varlink_message *message)
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
		.uid = client->uid,
		.message = *message,
	};
	client->call = call;
	client_arm(client, 0);
	dispatch(client->server, call);
	return 0;
}

/*
 * Clients
 */

static void client_free(struct client *client)
{
	if (client->call)
		call_lost(client->call);
	*client->link_to_us = client->next;
	if (client->next)
		client->next->link_to_us = client->link_to_us;
	client->server->n_clients--;
	events_unwatch(client->watch);
	varlink_free(client->link);
	free(client);
}

static void client_end(struct client *client, int r)
{
	void (*gone)(void *arg) = client->gone;
	void *arg = client->server->arg;

	if (r < 0)
		log_debug("connection of uid %u ended: %s",
			  (unsigned)client->uid, strerror(-r));
	client_free(client);
	if (gone)
		gone(arg);
}

/* 0: the peer has sent its last message; 1: it lives; or why it ends. */
static int client_read(struct client *client)
{
	struct varlink_message message;
	int r = varlink_receive(client->link, &message, 0);

	if (r == -EAGAIN) {
		client_arm(client, EPOLLIN);
		return 1;
	}
	if (r <= 0)
		return r;
	r = client_call(client, &message);
	return r < 0 ? r : 1;
}

static void on_client(void *arg, uint32_t what)
{
	struct client *client = arg;
	int unsent = varlink_flush(client->link), r;

	if (unsent < 0) {
		client_end(client, unsent);
		return;
	}
	if (client->call) {
		/* A hang-up is both directions: no answer can arrive.  Who
		   only has nothing more to ask still gets what it asked. */
		if (what & (EPOLLHUP | EPOLLERR))
			client_end(client, 0);
		else
			client_arm(client, 0);
		return;
	}
	if (unsent > 0 && !(what & (EPOLLHUP | EPOLLERR))) {
		client_arm(client, 0);
		return;
	}
	r = client_read(client);
	if (r <= 0)
		client_end(client, r);
}

static int client_start(struct client *client, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	client->link = varlink_new(fd);
	if (!client->link)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	client->uid = peer.uid;
	varlink_hold(client->link);
	client->watch = events_watch(fd, on_client, client);
	return client->watch ? 0 : -ENOMEM;
}

int server_adopt(struct server *server, int fd, void (*gone)(void *arg))
{
	_cleanup_fd_ int owned = fd;
	struct client *client;
	int r;

	if (server->n_clients >= SERVER_MAX_CLIENTS)
		return -EUSERS;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	r = client_start(client, take_fd(&owned));
	if (r < 0) {
		varlink_free(client->link);
		free(client);
		return r;
	}
	client->server = server;
	client->gone = gone;
	client->next = server->clients;
	client->link_to_us = &server->clients;
	if (client->next)
		client->next->link_to_us = &client->next;
	server->clients = client;
	server->n_clients++;
	return 0;
}

/*
 * The server
 */

struct server *server_new(const struct server_method *methods, void *arg)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->methods = methods;
	server->arg = arg;
	return server;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	listener_free(server->listener);
	while (server->clients)
		client_free(server->clients);
	free(server);
}

void server_describe(struct server *server, const char *interface,
		     const char *description)
{
	server->interface = interface;
	server->description = description;
}

static void on_connection(void *arg, int fd)
{
	struct server *server = arg;
	int r = server_adopt(server, fd, NULL);

	if (r < 0)
		log_warning("refused a connection: %s", strerror(-r));
}

int server_listen(struct server *server, const char *path)
{
	return listener_open(path, on_connection, server, &server->listener);
}
