/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.h - one FUSE connection: mount, transport, end
 *
 * One a volume, on a regular file: the kernel counts background requests and
 * aborts per connection, so a hung medium starves no other.  The receive loop
 * is our own (crew.h): it receives into buffers whose write payloads are
 * page-aligned, can change the number of workers, and ends without cancelling
 * threads.
 */
#ifndef FILTERD_SESSION_H
#define FILTERD_SESSION_H

#include <stdbool.h>

#include "failure.h"

struct fuse_conn_info;
struct fuse_lowlevel_ops;
struct session;

struct session_options {
	unsigned workers;	/* at most; at least 1 */
	bool read_only;		/* EROFS for whoever opens it for writing */
	const char *shown;	/* @path in messages; NULL: itself */
};

/*
 * Mounts a connection that is served by @ops (userdata @arg) on the regular
 * file @path, which must be absolute, and starts receiving.  @ops->init calls
 * session_negotiate().  On error nothing is mounted and @f says why.
 */
int session_start(const struct fuse_lowlevel_ops *ops, void *arg,
		  const char *path, const struct session_options *options,
		  struct session **ret, struct failure *f);

/* Whether users without rights may let others use what they mount. */
bool session_users_may_share(void);

/* The transport's wishes, in answer to the kernel's INIT. */
void session_negotiate(struct fuse_conn_info *connection);

/* The kernel asks for the file's attributes afresh, and for what lies in its
   last pages.  0 or a negative errno.  Not from a worker. */
int session_forget(struct session *session);

/* 0, or -EBUSY while the file is open anywhere: nothing has changed then. */
int session_unmount(struct session *session);

/*
 * The path is free at once, and who has the file open goes on with it.  0 or
 * -errno.  session_wait() returns when the last of them has closed it, or
 * after an abort; not on a worker.
 */
int session_hide(struct session *session);
void session_wait(struct session *session);

/*
 * Ends the connection whoever uses it: requests that are waiting fail with
 * ECONNABORTED, later ones with ENOTCONN, and the mount is gone.  Needs no
 * worker to be well.  Any thread; may be called again.
 */
void session_abort(struct session *session);

/*
 * After unmount or abort: waits for the workers to leave, then frees.
 * -ETIMEDOUT: a worker is stuck below (60 s after an unmount, for a long
 * flush may be under way; 2 s after an abort).  Nothing is freed then, and the
 * worker may still use whatever it was given; call again, or leave session,
 * userdata and all below it to the process's end.
 */
int session_free(struct session *session);

/* This worker's own page-aligned memory of FILTER_MAX_IO bytes, until it has
   replied; not in a write, whose payload lies there. */
void *session_buffer(void);

#endif /* FILTERD_SESSION_H */
