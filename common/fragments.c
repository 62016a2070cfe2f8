/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fragments.c - see fragments.h
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "fragments.h"
#include "util.h"

#define DROP_IN_SUFFIX ".conf"

void fragments_clear(struct fragments *fragments)
{
	for (size_t i = 0; i < fragments->n; i++)
		free(fragments->list[i]);
	free(fragments->list);
	*fragments = (struct fragments){ 0 };
}

static void tell(const char *file, ini_error_fn *error, void *arg)
{
	const struct ini_place at = { .file = file };
	char message[128];

	snprintf(message, sizeof(message), "cannot be opened: %s",
		 strerror(errno));
	error(arg, &at, message);
}

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Takes @path, unless a higher directory has that base name. */
static int add(struct fragments *fragments, char *path)
{
	char **more;
	size_t at = 0;
	int order = 1;

	while (at < fragments->n && order > 0) {
		order = strcmp(base_of(path), base_of(fragments->list[at]));
		if (order == 0) {
			free(path);
			return 0;
		}
		at += order > 0;
	}
	more = reallocarray(fragments->list, fragments->n + 2, sizeof(*more));
	if (!more) {
		free(path);
		return -ENOMEM;
	}
	fragments->list = more;
	memmove(&more[at + 1], &more[at], (fragments->n - at) * sizeof(*more));
	more[at] = path;
	more[++fragments->n] = NULL;
	return 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len > end && streq(name + len - end, suffix);
}

static int scan_one(struct fragments *fragments, const char *dir,
		    const char *suffix, ini_error_fn *error, void *arg)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	if (!stream && errno != ENOENT && errno != ENOTDIR)
		tell(dir, error, arg);
	while (r == 0 && stream && (entry = readdir(stream))) {
		char *path;

		if (entry->d_name[0] == '.' ||
		    !has_suffix(entry->d_name, suffix))
			continue;
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0)
			r = -ENOMEM;
		else
			r = add(fragments, path);
	}
	return r;
}

int fragments_scan(struct fragments *fragments, const char *const *dirs,
		   const char *suffix, ini_error_fn *error, void *arg)
{
	int r = 0;

	for (; r == 0 && *dirs; dirs++)
		r = scan_one(fragments, *dirs, suffix, error, arg);
	return r;
}

/* An empty file or /dev/null: what lies below does not count. */
static bool is_mask(const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(1, 3);
	return S_ISREG(st->st_mode) && st->st_size == 0;
}

static void drop_masked(struct fragments *fragments)
{
	size_t kept = 0;
	struct stat st;

	for (size_t i = 0; i < fragments->n; i++) {
		if (stat(fragments->list[i], &st) == 0 && is_mask(&st))
			free(fragments->list[i]);
		else
			fragments->list[kept++] = fragments->list[i];
	}
	if (fragments->n > 0)
		fragments->list[kept] = NULL;
	fragments->n = kept;
}

int fragments_scan_drop_ins(struct fragments *fragments,
			    const char *const *dirs, const char *name,
			    ini_error_fn *error, void *arg)
{
	for (; *dirs; dirs++) {
		_cleanup_free_ char *dir = NULL;
		int r;

		if (asprintf(&dir, "%s/%s.d", *dirs, name) < 0) {
			dir = NULL;
			return -ENOMEM;
		}
		r = scan_one(fragments, dir, DROP_IN_SUFFIX, error, arg);
		if (r < 0)
			return r;
	}
	drop_masked(fragments);
	return 0;
}

int fragments_open(const char *path, ini_error_fn *error, void *arg)
{
	const struct ini_place at = { .file = path };
	_cleanup_fd_ int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a FIFO of that name must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		int r = -errno;

		tell(path, error, arg);
		return r;
	}
	if (is_mask(&st))
		return -ENODATA;
	if (!S_ISREG(st.st_mode)) {
		error(arg, &at, "is not a regular file");
		return -EBADMSG;
	}
	return take_fd(&fd);
}
