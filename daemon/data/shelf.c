/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shelf.c - see shelf.h
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "shelf.h"
#include "trusted.h"
#include "util.h"

#define SUFFIX		".so"
#define FILE_LEN	(SHELF_NAME_LEN + sizeof(SUFFIX))

int shelf_add(struct shelf *shelf, const char *dir)
{
	char **dirs, *copy = strdup(dir);

	if (!copy)
		return -ENOMEM;
	dirs = reallocarray(shelf->dirs, shelf->n + 1, sizeof(*dirs));
	if (!dirs) {
		free(copy);
		return -ENOMEM;
	}
	dirs[shelf->n++] = copy;
	shelf->dirs = dirs;
	return 0;
}

void shelf_clear(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++)
		free(shelf->dirs[i]);
	free(shelf->dirs);
	*shelf = (struct shelf){ 0 };
}

bool shelf_is_name(const char *name, size_t len)
{
	return len > 0 && len <= SHELF_NAME_LEN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

/* Finding one. */

static void file_of(const char *name, char file[FILE_LEN])
{
	(void)snprintf(file, FILE_LEN, "%s" SUFFIX, name);
}

int shelf_open(const struct shelf *shelf, const char *name, int *ret_fd,
	       char **ret_path, struct failure *f)
{
	_cleanup_fd_ int fd = -1;
	char file[FILE_LEN], *path;
	const char *dir = NULL;
	int r = -ENOENT;

	file_of(name, file);
	for (size_t i = shelf->n; i > 0 && r == -ENOENT; i--) {
		dir = shelf->dirs[i - 1];
		r = trusted_open(dir, file, &fd, f);
	}
	if (r < 0)
		return r;
	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return failure_errno(f, -ENOMEM, "filter %s", name);
	*ret_fd = take_fd(&fd);
	*ret_path = path;
	return 0;
}

static int stat_in(const char *dir, const char *file, struct stat *ret)
{
	_cleanup_fd_ int in = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (in < 0 || fstatat(in, file, ret, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

int shelf_stat(const struct shelf *shelf, const char *name, struct stat *ret)
{
	char file[FILE_LEN];
	int r = -ENOENT;

	file_of(name, file);
	for (size_t i = shelf->n; i > 0 && r == -ENOENT; i--)
		r = stat_in(shelf->dirs[i - 1], file, ret);
	return r;
}

/* Which there are. */

void shelf_names_clear(struct shelf_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		free(names->list[i].name);
		free(names->list[i].path);
	}
	free(names->list);
	*names = (struct shelf_names){ 0 };
}

/* The place of @name in the list; whether it is there. */
static bool find_name(const struct shelf_names *names, const char *name,
		      size_t *ret)
{
	size_t at = 0;

	while (at < names->n && strcmp(names->list[at].name, name) < 0)
		at++;
	*ret = at;
	return at < names->n && streq(names->list[at].name, name);
}

int shelf_names_add(struct shelf_names *names, const char *name,
		    const char *path)
{
	struct shelf_name *list, new;
	size_t at;

	if (find_name(names, name, &at))
		return 0;
	list = reallocarray(names->list, names->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	names->list = list;
	new = (struct shelf_name){ strdup(name), strdup(path) };
	if (!new.name || !new.path) {
		free(new.name);
		free(new.path);
		return -ENOMEM;
	}
	memmove(&list[at + 1], &list[at], (names->n - at) * sizeof(*list));
	list[at] = new;
	names->n++;
	return 0;
}

static int add_file(struct shelf_names *names, const char *dir,
		    const char *file)
{
	size_t len = strlen(file), end = strlen(SUFFIX);
	_cleanup_free_ char *path = NULL;
	char name[SHELF_NAME_LEN + 1];

	if (len <= end || !streq(file + len - end, SUFFIX) ||
	    !shelf_is_name(file, len - end))
		return 0;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(len - end), file);
	if (asprintf(&path, "%s/%s", dir, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return shelf_names_add(names, name, path);
}

/* A directory that cannot be read holds nothing for us. */
static int add_files(struct shelf_names *names, const char *dir)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	while (stream && r == 0 && (entry = readdir(stream)))
		r = add_file(names, dir, entry->d_name);
	return r;
}

int shelf_names_fill(struct shelf_names *names, const struct shelf *shelf)
{
	int r = 0;

	for (size_t i = shelf->n; i > 0 && r == 0; i--)
		r = add_files(names, shelf->dirs[i - 1]);
	return r;
}
