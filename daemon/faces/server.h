/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.h - varlink for those who answer: connections, one table of methods
 *
 * Knows the wire and who asks (SO_PEERCRED); what a method does is its
 * owner's business.  All on the main thread, but server_call_gone().  Calls of
 * one connection are answered in order: the next is read when the last one has
 * ended.  Nothing here waits for a peer, and none keeps another one waiting:
 *
 *	places		SERVER_MAX_CLIENTS, given and taken by crowd.h's rule
 *	memory		SERVER_MAX_WEIGHT for what all have sent and not been
 *			answered, and been answered and not read; by that rule
 *	a call		1 MiB, as text and as objects; of who may only look
 *			SERVER_LOOK bytes and no descriptors
 *	time		SERVER_FRAME_MS for a call that has begun; an answer
 *			of which nothing is read for SERVER_UNREAD_MS is given
 *			up with its connection
 *	descriptors	closed where the method takes none
 *	work		of who may only look, and has hung up before the
 *			answer, SERVER_MAX_GONE calls in the process: as long
 *			as they run, others who may only look are refused
 */
#ifndef FILTERD_SERVER_H
#define FILTERD_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"
#include "varlink.h"

#define SERVER_MAX_CLIENTS 128
#define SERVER_MAX_WEIGHT (8u << 20)
#define SERVER_LOOK 16384u
#define SERVER_MAX_GONE 64
#define SERVER_FRAME_MS 10000
#define SERVER_UNREAD_MS 30000

struct peer;
struct server;
struct server_call;

/*
 * Who may call, each one also what those before may: everybody (what only
 * looks); the members of the group that the administrator chose; root and the
 * process's own user.
 */
enum server_right { SERVER_ANYBODY, SERVER_ADMIN, SERVER_OWNER };

struct server_method {
	const char *name;		/* "org.filterd.Manager.ListMedia" */
	enum server_right right;
	/* Main thread.  Answers now or later, each call exactly once.  Must
	   not free the server. */
	void (*call)(struct server_call *call, void *arg);
	bool takes_fds;
};

/* @methods ends with a NULL name and must outlive it.  NULL: out of memory. */
struct server *server_new(const struct server_method *methods, void *arg);

/* Answers @methods too, with an arg of their own; once.  The first table that
   has a name decides. */
#define SERVER_TABLES 2
void server_offer(struct server *server, const struct server_method *methods,
		  void *arg);

/* Ends all connections and removes the socket.  Calls that still run are gone,
   and their owners end them as always.  NULL is allowed. */
void server_free(struct server *server);

/* What org.varlink.service.GetInterfaceDescription says of @interface
   ("org.filterd.Manager"); both must outlive the server. */
void server_describe(struct server *server, const char *interface,
		     const char *description);

/*
 * Lets everybody connect from the next server_listen() on (mode 0666), with
 * SERVER_ADMIN for the members of @group; of who is connected already the
 * rights stay.  Else, and with nobody in between, it is the owner's (0600).
 */
#define SERVER_NO_GROUP ((gid_t)-1)
void server_admit(struct server *server, gid_t group);

/*
 * Listens at @path; a socket that nobody listens at any more is replaced.
 * -EADDRINUSE: somebody does; -EEXIST: there is something else.  Callers who
 * could meet at one path hold a lock.
 */
int server_listen(struct server *server, const char *path);

/* Listens at @fd, a socket that listens already and that somebody else made
   and removes; takes it, in any case. */
int server_listen_at(struct server *server, int fd);

/*
 * Serves one connection that exists already: takes @fd, in any case.  When the
 * peer has ended it, calls @gone (may be NULL) with the server's arg, last of
 * all: it may free the server.
 */
int server_adopt(struct server *server, int fd, void (*gone)(void *arg));

/* The call's, until it is answered for the last time. */
struct json_object *server_parameters(struct server_call *call);
const int *server_fds(struct server_call *call, size_t *ret_n);
const struct peer *server_peer(const struct server_call *call);
bool server_may(const struct server_call *call, enum server_right right);
bool server_wants_more(struct server_call *call);

/* Nobody waits for the answer any more: the work may be given up, but is
   answered all the same.  Any thread. */
bool server_call_gone(const struct server_call *call);

/*
 * For a call that waits for something on the main thread: @gone when nobody
 * waits for it any more (it is still to be answered, in there or later), and
 * @drained when the caller has read all that it was told so far.  Each may be
 * NULL.
 */
struct server_waiter {
	void (*gone)(void *arg);
	void (*drained)(void *arg);
};
void server_wait(struct server_call *call, const struct server_waiter *waiter,
		 void *arg);

/* Bytes that it was told and has not read. */
size_t server_unread(const struct server_call *call);

/*
 * All take @parameters, which may be NULL.  server_continue() may come any
 * number of times (and is dropped if the caller does not want more); one of
 * the others then ends the call and frees it.
 */
void server_continue(struct server_call *call, struct json_object *parameters);
void server_reply(struct server_call *call, struct json_object *parameters);
void server_error(struct server_call *call, const char *error,
		  struct json_object *parameters);
/* org.filterd.Manager.Failed {code, word, text, hint}. */
void server_fail(struct server_call *call, const struct failure *f);
/* org.varlink.service.InvalidParameter {parameter}. */
void server_invalid(struct server_call *call, const char *parameter);

#endif /* FILTERD_SERVER_H */
