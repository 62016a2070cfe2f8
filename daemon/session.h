/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * session.h - one FUSE connection: mount, receive loop, workers
 *
 * One a volume, on a regular file: the kernel counts background requests and
 * aborts per connection, so a hung medium starves no other.  The loop is our
 * own: it receives into buffers whose write payloads are page-aligned, can
 * change the number of workers, and ends without cancelling threads.
 */
#ifndef FILTERD_SESSION_H
#define FILTERD_SESSION_H

#include "failure.h"

struct session;
struct fuse_lowlevel_ops;

/*
 * Mounts a connection that is served by @ops (userdata @arg) on the regular
 * file @path and starts receiving with 1 to @workers threads.
 */
int session_start(const struct fuse_lowlevel_ops *ops, void *arg,
		  const char *path, unsigned workers, struct session **ret,
		  struct failure *f);

/* umount2(path, 0): 0, -EBUSY while the file is open anywhere. */
int session_unmount(struct session *session);

/* Ends the connection in the kernel whoever uses it. */
void session_abort(struct session *session);

/* After unmount or abort: waits for the workers to leave, frees. */
void session_free(struct session *session);

/* Page-aligned memory of FILTER_MAX_IO bytes, this worker's own. */
void *session_buffer(void);

#endif /* FILTERD_SESSION_H */
