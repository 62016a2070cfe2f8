/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place.c - see place.h
 *
 * The run-time directory may lie in /tmp: each step down is taken on a
 * descriptor, without following links, and only into what is ours.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "leftovers.h"
#include "log.h"
#include "paths.h"
#include "place.h"
#include "util.h"

#define NAME_TRIES 64		/* vault, vault~2 ... */

static const char *const link_dirs[] = {
	[PLACE_BY_LABEL] = "by-label",
	[PLACE_BY_UUID] = "by-uuid",
};

struct place {
	char path[PATH_MAX];
	char control[64];
	int fd;
	mode_t mode;		/* of what is made */
	bool made;		/* by us: we remove it */
	bool linked[ARRAY_SIZE(link_dirs)];
};

/* Ours alone: nobody else may put anything there. */
static int check_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -EPERM;
	return 0;
}

static int step_down(int *fd, const char *name, mode_t mode)
{
	_cleanup_fd_ int next = -1;
	int r;

	if (mkdirat(*fd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	next = openat(*fd, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		return -errno;
	r = check_own(next);
	if (r < 0)
		return r;
	(void)close(*fd);
	*fd = take_fd(&next);
	return 0;
}

/* The run-time directory's own parent is the system's: it must be there. */
static int open_runtime(const char *base, mode_t mode, int *ret,
			struct failure *f)
{
	const char *path = paths_runtime(), *slash = strrchr(path, '/');
	_cleanup_free_ char *parent = NULL;
	_cleanup_fd_ int fd = -1;
	int r;

	parent = strndup(path, (size_t)(slash - path));
	if (!parent)
		return failure_errno(f, -ENOMEM, "cannot make '%s'", path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = fd < 0 ? -errno : step_down(&fd, slash + 1, 0755);
	if (r == 0)
		r = step_down(&fd, base, mode);
	if (r == -EPERM)
		return failure_set(f, r, EXIT_DENIED,
				   "'%s' belongs to somebody else", path);
	if (r < 0)
		return failure_errno(f, r, "cannot make '%s/%s'", path,
				     base);

	*ret = take_fd(&fd);
	return 0;
}

/*
 * Whoever can write in DIR could put a file of his where a volume is looked
 * for, or a link that root follows.  A group of one's own may: many have an
 * umask of 002.
 */
static int check_named(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & S_IWOTH) != 0 ||
	    ((st.st_mode & S_IWGRP) != 0 && st.st_gid != getegid()))
		return -EPERM;
	return 0;
}

/* Locks the directory and clears what a dead mount left.  -EBUSY: a living
   one has it; -ENOTEMPTY: something else is in it. */
static int occupy(struct place *place)
{
	if (flock(place->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return leftovers_clear(place->fd, place->path);
}

static int open_dir(struct place *place, int at, const char *name)
{
	int r;

	if (mkdirat(at, name, place->mode) == 0)
		place->made = true;
	else if (errno != EEXIST)
		return -errno;
	place->fd = openat(at, name,
			   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->fd < 0)
		return -errno;
	r = check_named(place->fd);
	return r < 0 ? r : occupy(place);
}

static int open_named(struct place *place, const char *dir, struct failure *f)
{
	char safe[256];
	int r;

	escape(dir, safe, sizeof(safe));
	if (mkdir(dir, 0700) == 0)
		place->made = true;
	else if (errno != EEXIST)
		return failure_errno(f, -errno, "cannot make '%s'", safe);
	if (!realpath(dir, place->path)) {
		r = -errno;
		if (place->made)
			(void)rmdir(dir);
		return failure_errno(f, r, "cannot use '%s'", safe);
	}
	r = open_dir(place, AT_FDCWD, place->path);
	if (r == -EBUSY)
		failure_hint(f, "filterd umount %s", safe);
	if (r == -ENOTEMPTY || r == -ENOTDIR || r == -EEXIST)
		failure_hint(f, "name an empty directory, or a new one");
	if (r == -EPERM)
		failure_hint(f, "name a directory that is yours, in which "
			     "nobody else can write, or a new one");
	if (r < 0)
		return failure_errno(f, r, "cannot publish in '%s'", safe);
	return 0;
}

static int open_default(struct place *place, const char *base,
			const char *name, struct failure *f)
{
	_cleanup_fd_ int at = -1;
	char entry[NAME_MAX + 1];
	int r = open_runtime(base, place->mode, &at, f);

	if (r < 0)
		return r;

	for (unsigned i = 1; i <= NAME_TRIES; i++) {
		if (i == 1)
			(void)snprintf(entry, sizeof(entry), "%.200s", name);
		else
			(void)snprintf(entry, sizeof(entry), "%.200s~%u",
				       name, i);
		(void)snprintf(place->path, sizeof(place->path),
			       "%.3000s/%s/%s", paths_runtime(), base, entry);
		r = open_dir(place, at, entry);
		if (r == 0)
			return 0;
		cleanup_fd(&place->fd);
		place->fd = -1;
		if (r != -EBUSY && r != -ENOTEMPTY)
			break;
	}
	return failure_errno(f, r, "cannot publish in '%s'", place->path);
}

int place_open(const char *dir, const char *base, const char *name,
	       struct place **ret, struct failure *f)
{
	struct place *place = calloc(1, sizeof(*place));
	int r;

	if (!place)
		return failure_errno(f, -ENOMEM, "cannot publish volumes");
	place->fd = -1;
	/* Of the service's volumes each has an owner, who finds the way. */
	place->mode = !dir && streq(base, PLACE_MEDIA) ? 0755 : 0700;
	r = dir ? open_named(place, dir, f) : open_default(place, base, name, f);
	if (r < 0) {
		/* What is in it is not ours, and it is not made by us then. */
		cleanup_fd(&place->fd);
		free(place);
		return r;
	}
	(void)snprintf(place->control, sizeof(place->control),
		       "/proc/self/fd/%d/.control", place->fd);
	*ret = place;
	return 0;
}

/*
 * The unit has no CAP_CHOWN; but an owner may give what is his to a group that
 * he is in, and this thread is for a moment: chown(2), setfsgid(2).
 */
static int give_to_group(int fd, gid_t gid)
{
	int before = setfsgid(gid);
	int r = fchown(fd, (uid_t)-1, gid) < 0 ? -errno : 0;

	(void)setfsgid((gid_t)before);
	return r;
}

int place_lend(struct place *place, uid_t uid, gid_t gid)
{
	bool ours = uid == geteuid();
	int r = ours ? 0 : give_to_group(place->fd, gid);

	if (r < 0)
		return r;
	return fchmod(place->fd, ours ? 0700 : 0750) < 0 ? -errno : 0;
}

static void remove_links(struct place *place, enum place_link kind)
{
	if (place->linked[kind])
		leftovers_clear_links(place->fd, link_dirs[kind]);
	place->linked[kind] = false;
}

void place_clear_links(struct place *place)
{
	if (!place)
		return;
	remove_links(place, PLACE_BY_LABEL);
	remove_links(place, PLACE_BY_UUID);
}

void place_close(struct place *place)
{
	char safe[256];
	int r;

	if (!place)
		return;
	place_clear_links(place);
	if (unlinkat(place->fd, ".control", 0) < 0 && errno != ENOENT)
		log_warning("cannot remove '%s/.control': %s",
			    escape(place->path, safe, sizeof(safe)),
			    strerror(errno));
	r = place->made ? leftovers_remove_dir(place->fd, place->path) : 0;
	if (r < 0)
		log_warning("cannot remove '%s': %s",
			    escape(place->path, safe, sizeof(safe)),
			    strerror(-r));
	cleanup_fd(&place->fd);
	free(place);
}

const char *place_name(const struct place *place)
{
	return strrchr(place->path, '/') + 1;
}

const char *place_path(const struct place *place)
{
	return place->path;
}

int place_fd(const struct place *place)
{
	return place->fd;
}

const char *place_control(const struct place *place)
{
	return place->control;
}

/* As volume names: what a shell or a path could take amiss becomes '_'. */
static void link_name(const char *name, char *buf, size_t len)
{
	size_t n = 0;

	for (; name[n] && n < len - 1; n++) {
		unsigned char c = (unsigned char)name[n];

		buf[n] = isascii(c) && (isalnum(c) || strchr("._+-", c)) ?
			 (char)c : '_';
	}
	buf[n] = '\0';
	if (buf[0] == '.')
		buf[0] = '_';
}

int place_link(struct place *place, enum place_link kind, const char *name,
	       const char *target)
{
	char entry[128], path[PATH_MAX], to[NAME_MAX + 4];

	link_name(name, entry, sizeof(entry));
	if (entry[0] == '\0')
		return 0;
	if (mkdirat(place->fd, link_dirs[kind], place->mode) < 0 && errno != EEXIST)
		return -errno;
	place->linked[kind] = true;
	(void)snprintf(path, sizeof(path), "%s/%s", link_dirs[kind], entry);
	(void)snprintf(to, sizeof(to), "../%s", target);
	return symlinkat(to, place->fd, path) < 0 ? -errno : 0;
}

static void unlink_in(int dir, const char *target)
{
	_cleanup_dir_ DIR *stream = fdopendir(dir);
	const struct dirent *entry;
	char to[NAME_MAX + 4], at[NAME_MAX + 4];
	ssize_t n;

	if (!stream) {
		close(dir);
		return;
	}
	(void)snprintf(to, sizeof(to), "../%s", target);
	while ((entry = readdir(stream))) {
		n = readlinkat(dir, entry->d_name, at, sizeof(at) - 1);
		if (n < 0)
			continue;
		at[n] = '\0';
		if (streq(at, to))
			(void)unlinkat(dir, entry->d_name, 0);
	}
}

void place_unlink(struct place *place, const char *target)
{
	for (enum place_link kind = PLACE_BY_LABEL; kind <= PLACE_BY_UUID;
	     kind++) {
		int dir = !place->linked[kind] ? -1 :
			  openat(place->fd, link_dirs[kind], O_RDONLY |
				 O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (dir >= 0)
			unlink_in(dir, target);
	}
}

static void tell_link(int dir, const char *kind, const char *name,
		      void (*fn)(void *arg, const char *link,
				 const char *volume), void *arg)
{
	char to[NAME_MAX + 4], link[NAME_MAX + 16];
	ssize_t n = readlinkat(dir, name, to, sizeof(to) - 1);

	if (n <= 3)
		return;
	to[n] = '\0';
	(void)snprintf(link, sizeof(link), "%s/%s", kind, name);
	fn(arg, link, to + strlen("../"));
}

int place_each_link(const struct place *place,
		    void (*fn)(void *arg, const char *link,
			       const char *volume), void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(link_dirs); i++) {
		_cleanup_dir_ DIR *dir = NULL;
		const struct dirent *entry;
		int fd;

		if (!place->linked[i])
			continue;
		fd = openat(place->fd, link_dirs[i], O_RDONLY | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		dir = fdopendir(fd);
		if (!dir) {
			int r = -errno;

			(void)close(fd);
			return r;
		}
		while ((entry = readdir(dir)))
			tell_link(fd, link_dirs[i], entry->d_name, fn, arg);
	}
	return 0;
}
