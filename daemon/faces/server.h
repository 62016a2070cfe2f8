/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.h - varlink for those who answer: connections, one table of methods
 *
 * Knows the wire and who asks (SO_PEERCRED); what a method does is its
 * owner's business (manager.c, mounted.c).  All on the main thread, but
 * server_call_gone().  Calls of one connection are answered in order: the next
 * is read when the last one has ended.  Nothing here waits for a peer.
 */
#ifndef FILTERD_SERVER_H
#define FILTERD_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"
#include "varlink.h"

#define SERVER_MAX_CLIENTS 64	/* more are closed as they come */

struct server;
struct server_call;

/* Who may call: the process's own user and root, or everybody. */
enum server_right { SERVER_OWNER, SERVER_ANYBODY };

struct server_method {
	const char *name;		/* "org.filterd.Manager.ListMedia" */
	enum server_right right;
	/* Main thread.  Answers now or later, each call exactly once.  Must
	   not free the server. */
	void (*call)(struct server_call *call, void *arg);
};

/* @methods ends with a NULL name and must outlive it.  NULL: out of memory. */
struct server *server_new(const struct server_method *methods, void *arg);

/* Ends all connections and removes the socket.  Calls that still run are gone,
   and their owners end them as always.  NULL is allowed. */
void server_free(struct server *server);

/* What org.varlink.service.GetInterfaceDescription says of @interface
   ("org.filterd.Manager"); both must outlive the server. */
void server_describe(struct server *server, const char *interface,
		     const char *description);

/*
 * Listens at @path (mode 0600); a socket that nobody listens at any more is
 * replaced.  -EADDRINUSE: somebody does; -EEXIST: there is something else.
 * Callers who could meet at one path hold a lock.
 */
int server_listen(struct server *server, const char *path);

/*
 * Serves one connection that exists already: takes @fd, in any case.  When the
 * peer has ended it, calls @gone (may be NULL) with the server's arg, last of
 * all: it may free the server.
 */
int server_adopt(struct server *server, int fd, void (*gone)(void *arg));

/* The call's, until it is answered for the last time. */
struct json_object *server_parameters(struct server_call *call);
const int *server_fds(struct server_call *call, size_t *ret_n);
uid_t server_uid(struct server_call *call);
bool server_wants_more(struct server_call *call);

/* Nobody waits for the answer any more: the work may be given up, but is
   answered all the same.  Any thread. */
bool server_call_gone(const struct server_call *call);

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
