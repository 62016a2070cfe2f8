/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * holders.c - see holders.h
 *
 * A loop device holds its file in the kernel, with no descriptor that /proc
 * would show; sysfs has its path.  Processes hold it by a descriptor, or by a
 * mapping alone.  All stat(2) calls are told not to ask servers: the volume
 * that cannot be unmounted may be one that does not answer.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "escape.h"
#include "holders.h"
#include "loop.h"
#include "sysfs.h"
#include "util.h"

#define HOLDERS_MAX 8u	/* more do not help anybody */

struct text {
	char *buf;
	size_t size, len;
	unsigned holders;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *fmt, ...)
{
	size_t left = text->size - text->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->buf + text->len, left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= left)
		text->buf[text->len] = '\0';	/* whole pieces only */
	else
		text->len += (size_t)n;
}

/* False: there are enough already. */
static bool next_holder(struct text *text)
{
	if (text->holders == HOLDERS_MAX)
		add(text, ", and others");
	if (text->holders++ >= HOLDERS_MAX)
		return false;
	if (text->holders > 1)
		add(text, ", ");
	return true;
}

/* Whether @source is the loop device or a partition of it. */
static bool is_on(const char *source, const char *loop)
{
	size_t len = strlen(loop);

	if (strncmp(source, loop, len) != 0)
		return false;
	source += len;
	return *source == '\0' || *source == 'p';
}

static void add_mounts(struct text *text, const char *loop)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	char where[PATH_MAX];

	while (mounts && (mount = getmntent(mounts)))
		if (is_on(mount->mnt_fsname, loop))
			add(text, " (mounted on %s)",
			    escape(mount->mnt_dir, where, sizeof(where)));
	if (mounts)
		(void)endmntent(mounts);
}

static int add_loop(void *arg, const char *loop)
{
	struct text *text = arg;

	if (!next_holder(text))
		return 1;
	add(text, "%s", loop);
	add_mounts(text, loop);
	return 0;
}

static bool look(int dir, const char *name, int flags, struct statx *ret)
{
	return statx(dir, name, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		     STATX_INO, ret) == 0;
}

static bool is_same(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino &&
	       a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor;
}

static bool has_open(const char *pid, const struct statx *file)
{
	char path[64];
	struct statx found;
	_cleanup_dir_ DIR *dir = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    look(dirfd(dir), entry->d_name, 0, &found) &&
		    is_same(&found, file))
			return true;
	return false;
}

static bool has_mapped(const char *pid, const struct statx *file)
{
	_cleanup_file_ FILE *maps = NULL;
	_cleanup_free_ char *line = NULL;
	char path[64];
	size_t size = 0;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "re");
	while (maps && getline(&line, &size, maps) >= 0) {
		unsigned long long ino;
		unsigned major, minor;

		if (sscanf(line, "%*s %*s %*s %x:%x %llu", &major, &minor,
			   &ino) == 3 &&
		    major == file->stx_dev_major &&
		    minor == file->stx_dev_minor && ino == file->stx_ino)
			return true;
	}
	return false;
}

static void add_process(struct text *text, const char *pid)
{
	char path[64], comm[64] = "?", name[ESCAPE_LEN(sizeof(comm))];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	(void)sysfs_read(path, comm, sizeof(comm));
	add(text, "pid %.20s (%s)", pid, escape(comm, name, sizeof(name)));
}

static void add_processes(struct text *text, const char *path)
{
	_cleanup_dir_ DIR *dir = opendir("/proc");
	struct statx file;

	if (!look(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &file))
		return;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		const char *pid = entry->d_name;

		if (!isdigit((unsigned char)pid[0]) ||
		    (!has_open(pid, &file) && !has_mapped(pid, &file)))
			continue;
		if (!next_holder(text))
			return;
		add_process(text, pid);
	}
}

char *holders_of(const char *path, char *buf, size_t size)
{
	struct text text = { .buf = buf, .size = size };

	if (size == 0)
		return buf;
	buf[0] = '\0';
	(void)loop_each_on(path, add_loop, &text);
	add_processes(&text, path);
	return buf;
}
