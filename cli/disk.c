/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * disk.c - see disk.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "disk.h"
#include "escape.h"
#include "parse.h"
#include "util.h"
#include "verb.h"

int disk_path(const char *source, char **ret)
{
	_cleanup_free_ char *here = NULL;
	int n;

	if (source[0] != '/') {
		here = realpath(".", NULL);
		if (!here)
			return -errno;
	}
	n = asprintf(ret, "%s%s%s", or_empty(here), here ? "/" : "", source);
	return n < 0 ? -ENOMEM : 0;
}

static int name(const char *source, struct json_object *parameters)
{
	_cleanup_free_ char *path = NULL;
	int r = disk_path(source, &path);

	if (r == 0)
		verb_add_text(parameters, "source", path);
	return r;
}

/* Not following into what blocks: the service refuses what is no disk. */
static int pass(const char *source, bool read_only,
		struct json_object *parameters, int *fds, size_t *n_fds)
{
	_cleanup_free_ char *path = NULL;
	unsigned partition;
	int fd, r = parse_numbered(source, &path, &partition);

	if (r < 0)
		return r;
	fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC |
			O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	json_object_object_add(parameters, "source_fd",
			       json_object_new_int((int)*n_fds));
	json_object_object_add(parameters, "partition",
			       json_object_new_int((int)partition));
	fds[(*n_fds)++] = fd;
	return 0;
}

int disk_pass(const char *source, bool read_only,
	      struct json_object *parameters, int *fds, size_t *n_fds,
	      struct failure *f)
{
	int r = geteuid() == 0 ? name(source, parameters) :
		pass(source, read_only, parameters, fds, n_fds);

	if (r == -EACCES && !read_only)
		failure_hint(f, "to use it without writing, add -r");
	return r < 0 ? failure_errno(f, r, "'%s' cannot be opened",
				     escape_show(source).text) : 0;
}
