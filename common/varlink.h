/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink.h - the wire of varlink (https://varlink.org): JSON objects over a
 * stream socket, each ended by a NUL byte, with descriptors beside them
 *
 * A link is one end of a connection.  It knows no methods: daemon/faces/server.c
 * does.  Messages are bounded (1 MiB, 32 deep, 16 descriptors).
 */
#ifndef FILTERD_VARLINK_H
#define FILTERD_VARLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#define VARLINK_MAX_MESSAGE (1u << 20)
#define VARLINK_MAX_DEPTH 32
#define VARLINK_MAX_FDS 16

struct varlink;

/* One message, either way.  varlink_message_clear() frees what it holds. */
struct varlink_message {
	struct json_object *body;	/* the whole object, owned */
	const char *method;		/* in @body; NULL in a reply */
	const char *error;		/* in @body; NULL: none */
	struct json_object *parameters;	/* in @body; never NULL */
	bool more, oneway, continues;
	int fds[VARLINK_MAX_FDS];	/* owned; -1 when taken */
	size_t n_fds;
	size_t weight;			/* bytes of memory, about */
};

/* Takes @fd, a connected stream socket.  NULL: out of memory, @fd closed. */
struct varlink *varlink_new(int fd);
void varlink_free(struct varlink *link);	/* closes; NULL is allowed */
int varlink_fd(const struct varlink *link);

/*
 * Reads one message, waiting at most @timeout_ms (-1: for ever, 0: not at
 * all).  Returns 1; 0 at an orderly end; -EAGAIN when none is whole yet;
 * -EBADMSG for what is no message, -EMSGSIZE for one too long; or a negative
 * errno.  *ret is the caller's after 1 alone.  One read may bring several
 * messages: who waits for the descriptor calls this until -EAGAIN.
 *
 * Descriptors belong to the message whose bytes they came with; more than
 * VARLINK_MAX_FDS for one is -EBADMSG.  Strings hold no NUL.
 */
int varlink_receive(struct varlink *link, struct varlink_message *ret,
		    int timeout_ms);
void varlink_message_clear(struct varlink_message *message);
void varlink_message_close_fds(struct varlink_message *message);

/* Whether the last call of varlink_receive() has left part of a message. */
bool varlink_midway(const struct varlink *link);

/*
 * For those who do not trust their peer: what breaks the limits is -EMSGSIZE.
 * Objects are many times their text: a byte of
 * "[[],[]," makes hundreds.
 */
struct varlink_limits {
	size_t frame;		/* bytes of text, at most VARLINK_MAX_MESSAGE */
	size_t objects;		/* bytes of memory, about, that it makes */
	bool fds;		/* false: messages arrive without theirs, which
				   are never opened */
};
void varlink_limit(struct varlink *link, const struct varlink_limits *limits);

/*
 * Each sends one message whole, waiting at most five seconds for a slow peer
 * (-ETIMEDOUT).  @parameters, which may be NULL, is taken in any case.
 * Descriptors stay the caller's.  -EMSGSIZE for a message too long, -EILSEQ
 * for text that is not UTF-8: nothing is sent then.  After another error the
 * link sends no more.
 */
int varlink_call(struct varlink *link, const char *method,
		 struct json_object *parameters, bool more, const int *fds,
		 size_t n_fds);
int varlink_reply(struct varlink *link, struct json_object *parameters,
		  bool continues);
int varlink_error(struct varlink *link, const char *error,
		  struct json_object *parameters);

/*
 * For those who must not wait: from now on what the peer does not take at once
 * is held back, at most VARLINK_MAX_HELD bytes (then -ENOBUFS), and sent by
 * varlink_flush(), which returns 1 while some is left, 0, or a negative errno.
 * Calls cannot carry descriptors then.
 */
#define VARLINK_MAX_HELD (4u << 20)
void varlink_hold(struct varlink *link);
int varlink_flush(struct varlink *link);
size_t varlink_unsent(const struct varlink *link);	/* bytes held back */

/* Bytes of memory that the link has, and what descriptors count for: so many
   at once would use up those of a process before its memory. */
#define VARLINK_FD_WEIGHT (32u << 10)
size_t varlink_weight(const struct varlink *link);

/* Ends it both ways, and frees what it holds: nothing is sent or received any
   more, and who polls the descriptor sees a hang-up. */
void varlink_cut(struct varlink *link);

/* Members of an object, with their type checked: "", 0, false or NULL if absent
   or of another type. */
const char *varlink_string(struct json_object *object, const char *key);
uint64_t varlink_number(struct json_object *object, const char *key);
bool varlink_bool(struct json_object *object, const char *key);
struct json_object *varlink_array(struct json_object *object, const char *key);

/* Of @n_fds descriptors that came along, that which the member @key is the
   index of.  -ENOENT: there is no such member; -EINVAL: no such descriptor. */
int varlink_fd_at(struct json_object *object, const char *key, const int *fds,
		  size_t n_fds);

/* The members of an array, NULL counting as empty. */
size_t varlink_count(struct json_object *array);

#endif /* FILTERD_VARLINK_H */
