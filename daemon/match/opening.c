/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opening.c - see opening.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "occupant.h"
#include "opening.h"

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	default:
		return "no file or block device";
	}
}

static int refuse_missing(const char *path, int error, struct failure *f)
{
	char device[64];

	if (path[0] == '\0')
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "the name of the source is empty");
	failure_errno(f, error, "%s cannot be opened", escape_show(path).text);
	snprintf(device, sizeof(device), "/dev/%.48s", path);
	if (error == -ENOENT && !strchr(path, '/') &&
	    access(device, F_OK) == 0)
		failure_hint(f, "did you mean %s?", escape_show(device).text);
	if (error == -ENOENT)
		failure_hint(f, "\"filterd mount\" alone shows what is here");
	return error;
}

/* Regular or block alone. */
static int check_kind(const char *path, const struct stat *st,
		      struct failure *f)
{
	if (S_ISREG(st->st_mode) || S_ISBLK(st->st_mode))
		return 0;
	failure_set(f, -ENOTBLK, EXIT_UNSUPPORTED,
		    "%s is %s, not a disk or an image of one",
		    escape_show(path).text, kind_of(st->st_mode));
	failure_hint(f, "name a block device or an image file; "
		     "lsblk lists the block devices");
	return -ENOTBLK;
}

/* Opens @path without touching what is there. */
int opening_path(const char *path, struct stat *st, struct failure *f)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);
	int r;

	if (fd < 0 || fstat(fd, st) < 0)
		return refuse_missing(path, -errno, f);
	r = check_kind(path, st, f);
	if (r < 0)
		return r;
	return take_fd(&fd);
}

static int refuse_open(const char *path, const struct stat *st, int error,
		       bool writable, struct failure *f)
{
	if (error == -EBUSY && S_ISBLK(st->st_mode))
		return occupant_of_block(path, st, f);
	failure_errno(f, error, "%s cannot be opened for %s",
		      escape_show(path).text, writable ? "writing" : "reading");
	if (writable && (error == -EACCES || error == -EROFS ||
			 error == -EPERM))
		failure_hint(f, "to use it without writing, add -r");
	else if (error == -EACCES && S_ISBLK(st->st_mode))
		failure_hint(f, "root may, and who is in the group of %s",
			     escape_show(path).text);
	else if (error == -EACCES)
		failure_hint(f, "its owner may, and root");
	return error;
}

int opening_again(int path_fd, const char *path, const struct stat *st,
		  bool writable, struct failure *f)
{
	char link[32];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC |
			O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? refuse_open(path, st, -errno, writable, f) : fd;
}

/* Opening it again below must not give more than it was opened with. */
int opening_check(int fd, const char *path, const struct stat *st,
		  bool writable, struct failure *f)
{
	int r = check_kind(path, st, f);

	int flags = fcntl(fd, F_GETFL), mode = flags & O_ACCMODE;

	if (r < 0)
		return r;
	if (flags < 0)
		return failure_errno(f, -errno, "%s", escape_show(path).text);
	if (flags & O_PATH || mode == O_WRONLY)
		return failure_set(f, -EBADF, EXIT_DENIED, "%s was not opened "
				   "for reading", escape_show(path).text);
	if (!writable || mode == O_RDWR)
		return 0;
	failure_hint(f, "to use it without writing, add -r");
	return failure_set(f, -EBADF, EXIT_DENIED, "%s was not opened for "
			   "writing", escape_show(path).text);
}

int opening_name(int fd, char **ret)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return errno == ENOENT ? -EBADF : -errno;
	path[n] = '\0';
	*ret = strdup(path);
	return *ret ? 0 : -ENOMEM;
}
