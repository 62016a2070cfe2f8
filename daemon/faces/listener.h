/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listener.h - a unix socket at a path, and those who connect to it
 */
#ifndef FILTERD_LISTENER_H
#define FILTERD_LISTENER_H

#include <sys/types.h>

struct listener;

/*
 * Listens at @path (of @mode; at most 107 bytes, else -ENAMETOOLONG) and calls
 * @connected on the main thread with each connection, which it takes.  A socket
 * that nobody listens at is replaced.  -EADDRINUSE: somebody does; -EEXIST:
 * there is something else; or another negative errno.
 */
int listener_open(const char *path, mode_t mode,
		  void (*connected)(void *arg, int fd), void *arg,
		  struct listener **ret);

/* The same at @fd, which listens already; takes it, in any case.  The socket's
   name is somebody else's. */
int listener_adopt(int fd, void (*connected)(void *arg, int fd), void *arg,
		   struct listener **ret);

/* Removes the socket that it made, unless another one stands there now.  NULL is allowed. */
void listener_free(struct listener *listener);

#endif /* FILTERD_LISTENER_H */
