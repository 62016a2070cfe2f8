/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * talk.h - a client's connection to a layer's filter: control messages both
 * ways
 *
 * What a message means is the filter's affair; here are its limits.  Unasked
 * ones wait in a queue until the client takes them; when it is full the filter
 * is told, and loses that message or keeps it.
 */
#ifndef FILTERD_TALK_H
#define FILTERD_TALK_H

#include <stdint.h>
#include <sys/types.h>

#include "layer.h"

#define TALK_MESSAGE_MAX	65536u	/* bytes, each way */
#define TALK_QUEUE_MAX		64u	/* messages */

struct talk;

/* Who connects.  @ready is told that there is something to take, or that the
   layer ended; on any thread, until talk_close() has returned; it must not
   block. */
struct talk_client {
	uint32_t uid;
	pid_t pid;
	void (*ready)(void *arg);
	void *arg;
};

/*
 * Connects; blocks while a job of the layer runs.  0, or said in @f:
 * -EOPNOTSUPP, its filter takes no messages; -EPERM and the like, it refuses
 * this client; -ENXIO, it does not run.
 */
int talk_open(struct layer *layer, const struct talk_client *client,
	      struct talk **ret, struct failure *f);

/* Ends the connection.  Blocks as above.  NULL is allowed. */
void talk_close(struct talk *talk);

/*
 * Asks.  *@out_len: how much @out can take and, afterwards, how much there is.
 * -ERANGE: it could not take *out_len bytes (none is lost, unless the filter
 * says so; with 0 it is the question how many).  -EOPNOTSUPP: an unknown code.
 * -ENXIO: the layer ended.  Or what the filter says.
 */
int talk_message(struct talk *talk, unsigned code, const void *in,
		 size_t in_len, void *out, size_t *out_len,
		 struct failure *f);

/*
 * Takes the next unasked message.  *@len as *out_len above, and so -ERANGE; it
 * stays in the queue then.  -EAGAIN: none is there; -ENXIO: none will be.
 * Any thread; does not block.
 */
int talk_take(struct talk *talk, void *buf, size_t *len);

/* 0, or -EBUSY, said in @f with the process that is connected.  Any thread;
   does not block. */
int talk_check_none(struct layer *layer, struct failure *f);

/* For layer.c: ends all connections; none comes after it. */
void talk_end_all(struct layer *layer);

#endif /* FILTERD_TALK_H */
