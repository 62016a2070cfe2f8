/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listener.c - see listener.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "events.h"
#include "listener.h"

#define BACKLOG 256
#define AT_ONCE 64u		/* connections that are accepted */

struct listener {
	int fd;
	int spare;		/* given up for a connection to be refused */
	struct sockaddr_un address;
	bool bound;
	dev_t dev;		/* of the socket at the path */
	ino_t ino;
	struct event_watch *watch;
	void (*connected)(void *arg, int fd);
	void *arg;
};

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(const struct listener *listener)
{
	return accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
}

/* A connection that cannot be accepted would wake us for ever. */
static void refuse_one(struct listener *listener)
{
	int fd;

	if (listener->spare >= 0)
		(void)close(listener->spare);
	fd = accept_one(listener);
	if (fd >= 0)
		(void)close(fd);
	listener->spare = open_spare();
}

/* Several at a wakeup: else each would wait for all others, once for every
   connection that came before it. */
static void on_listener(void *arg, uint32_t what)
{
	struct listener *listener = arg;

	(void)what;
	for (unsigned i = 0; i < AT_ONCE; i++) {
		int fd = accept_one(listener);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE)
				refuse_one(listener);
			return;
		}
		listener->connected(listener->arg, fd);
	}
}

static int set_path(struct listener *listener, const char *path)
{
	if (strlen(path) >= sizeof(listener->address.sun_path))
		return -ENAMETOOLONG;
	listener->address.sun_family = AF_UNIX;
	strcpy(listener->address.sun_path, path);
	return 0;
}

static int bind_path(const struct listener *listener)
{
	const void *address = &listener->address;

	return bind(listener->fd, address, sizeof(listener->address)) < 0 ?
		-errno : 0;
}

/* Removes what is at the path if it is a socket without a process. */
static int remove_stale(const struct listener *listener)
{
	const char *path = listener->address.sun_path;
	const void *address = &listener->address;
	_cleanup_fd_ int fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, address, sizeof(listener->address)) == 0 ||
	    errno == EAGAIN)
		return -EADDRINUSE;
	if (errno != ECONNREFUSED)
		return errno == ENOENT ? 0 : -errno;
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_own(struct listener *listener, mode_t mode)
{
	struct stat st;
	int r;

	/* bind(2) takes the mode from here: at no instant is it wider. */
	if (fchmod(listener->fd, mode) < 0)
		return -errno;
	r = bind_path(listener);
	if (r == -EADDRINUSE) {
		r = remove_stale(listener);
		if (r == 0)
			r = bind_path(listener);
	}
	if (r < 0)
		return r;
	if (lstat(listener->address.sun_path, &st) < 0)
		return -errno;
	listener->bound = true;
	listener->dev = st.st_dev;
	listener->ino = st.st_ino;
	/* The process's umask is for what it makes besides. */
	if ((st.st_mode & 07777) != mode &&
	    chmod(listener->address.sun_path, mode) < 0)
		return -errno;
	return listen(listener->fd, BACKLOG) < 0 ? -errno : 0;
}

static int watch(struct listener *listener)
{
	listener->spare = open_spare();
	listener->watch = events_watch(listener->fd, on_listener, listener);
	return listener->watch ? 0 : -ENOMEM;
}

static int start(struct listener *listener, const char *path, mode_t mode)
{
	int r;

	r = set_path(listener, path);
	if (r < 0)
		return r;
	listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
			      SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return -errno;
	r = bind_own(listener, mode);
	return r < 0 ? r : watch(listener);
}

static struct listener *new(void (*connected)(void *arg, int fd), void *arg)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return NULL;
	listener->fd = -1;
	listener->spare = -1;
	listener->connected = connected;
	listener->arg = arg;
	return listener;
}

int listener_open(const char *path, mode_t mode,
		  void (*connected)(void *arg, int fd), void *arg,
		  struct listener **ret)
{
	struct listener *listener = new(connected, arg);
	int r = listener ? start(listener, path, mode) : -ENOMEM;

	if (r < 0)
		listener_free(listener);
	else
		*ret = listener;
	return r;
}

int listener_adopt(int fd, void (*connected)(void *arg, int fd), void *arg,
		   struct listener **ret)
{
	_cleanup_fd_ int owned = fd;
	struct listener *listener = new(connected, arg);
	int r = -ENOMEM;

	if (listener) {
		/* A connection that went away again must not stop us. */
		r = fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
		listener->fd = take_fd(&owned);
	}
	if (r == 0)
		r = watch(listener);
	if (r < 0)
		listener_free(listener);
	else
		*ret = listener;
	return r;
}

void listener_free(struct listener *listener)
{
	struct stat st;

	if (!listener)
		return;
	events_unwatch(listener->watch);
	if (listener->bound &&
	    lstat(listener->address.sun_path, &st) == 0 &&
	    st.st_dev == listener->dev && st.st_ino == listener->ino)
		(void)unlink(listener->address.sun_path);
	if (listener->fd >= 0)
		(void)close(listener->fd);
	if (listener->spare >= 0)
		(void)close(listener->spare);
	free(listener);
}
