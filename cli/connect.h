/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connect.h - the engine that answers: started, asked, waited for; or a mount
 *
 * The engine is filterd's private verb engine on a socketpair, with our rights and our
 * terminal: it asks for passphrases itself, so that no secret passes here.
 */
#ifndef FILTERCTL_CONNECT_H
#define FILTERCTL_CONNECT_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "failure.h"

/*
 * A piece of the answer.  The object stays the caller's; what is wanted of it
 * is copied or referenced.
 */
typedef void connect_piece_fn(void *arg, struct json_object *piece);

/*
 * Calls org.filterd.Manager.@method with @parameters (taken) and @fds (stay
 * the caller's), and @piece for each reply as it comes.  Returns when the
 * engine has ended and given everything back: 0, or a negative errno with the
 * engine's words in @f.
 */
int connect_call(const char *method, struct json_object *parameters,
		 const int *fds, size_t n_fds, connect_piece_fn *piece,
		 void *arg, struct failure *f);

/* The same, all pieces in one object: arrays of one name are joined.  The
   caller's; NULL after an error before any piece came. */
int connect_collect(const char *method, struct json_object *parameters,
		    struct json_object **ret, struct failure *f);

/* The same of org.filterd.Mount, asked of the mount whose volumes are in the
   directory @dir_fd. */
int connect_mount(int dir_fd, const char *method,
		  struct json_object *parameters, struct json_object **ret,
		  struct failure *f);

/* For one's own connection, on which a call was made: gives each reply to
   @piece.  0, or what failed, said in @f. */
struct varlink;
int connect_answers(struct varlink *link, connect_piece_fn *piece, void *arg,
		    struct failure *f);

/* A connect_piece_fn whose arg is the object of all pieces. */
void connect_join(void *arg, struct json_object *piece);

#endif /* FILTERCTL_CONNECT_H */
