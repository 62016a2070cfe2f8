/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * server.h - varlink for those who answer: connections, one table of methods
 *
 * Knows the wire and who asks (SO_PEERCRED); what a method does is its
 * owner's business (engine.c, mount.c).
 */
#ifndef FILTERD_SERVER_H
#define FILTERD_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"
#include "varlink.h"

struct server;
struct server_call;

/* Who may call: the process's own user and root, or everybody. */
enum server_right { SERVER_OWNER, SERVER_ANYBODY };

struct server_method {
	const char *name;		/* "org.filterd.Manager.ListMedia" */
	enum server_right right;
	/* Main thread.  Answers now or later, each call exactly once. */
	void (*call)(struct server_call *call, void *arg);
};

/* @methods ends with a NULL name and must outlive it. */
struct server *server_new(const struct server_method *methods, void *arg);
void server_free(struct server *server);

/* Listens at @path (mode 0600), a stale socket there is replaced. */
int server_listen(struct server *server, const char *path);
/* Serves one connection that exists already; @gone when it ends. */
int server_adopt(struct server *server, int fd, void (*gone)(void *arg));

struct json_object *server_parameters(struct server_call *call);
const int *server_fds(struct server_call *call, size_t *ret_n);
uid_t server_uid(struct server_call *call);
bool server_wants_more(struct server_call *call);

/* Main thread.  The last one of each call ends it. */
void server_continue(struct server_call *call, struct json_object *parameters);
void server_reply(struct server_call *call, struct json_object *parameters);
/* org.filterd.Manager.Failed {code, word, text, hint}. */
void server_fail(struct server_call *call, const struct failure *f);

#endif /* FILTERD_SERVER_H */
