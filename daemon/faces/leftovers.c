/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * leftovers.c - see leftovers.h
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "leftovers.h"
#include "log.h"
#include "util.h"

/* A second view of @fd, so that reading it does not move the caller's. */
static DIR *open_entries(int fd, const char *name)
{
	_cleanup_fd_ int own = openat(fd, name, O_RDONLY | O_DIRECTORY |
						O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);

	if (dir)
		(void)take_fd(&own);
	return dir;
}

static bool is_dots(const char *name)
{
	return streq(name, ".") || streq(name, "..");
}

static bool is_links(const char *name)
{
	return streq(name, "by-label") || streq(name, "by-uuid");
}

void leftovers_clear_links(int fd, const char *name)
{
	_cleanup_dir_ DIR *dir = open_entries(fd, name);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir)) != NULL) {
		if (is_dots(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISLNK(st.st_mode))
			continue;
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (unlinkat(fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		log_warning("cannot remove '%s': %s", name, strerror(errno));
}

/* Who is not root mounted with fusermount3, and so unmounts with it. */
static int unmount_as_user(const char *path)
{
	extern char **environ;
	char *const argv[] = { (char *)"fusermount3", (char *)"-u",
			       (char *)"-z", (char *)"--", (char *)path,
			       NULL };
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r != 0)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

/* Lazily: a loop device that still holds it gets errors in any case.  By the
   descriptor: a path may lead elsewhere by now, and root could follow it. */
static int unmount_dead(int fd, const char *dir, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d/%.255s", fd,
		       name);
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	(void)snprintf(path, sizeof(path), "%.3800s/%.255s", dir, name);
	return unmount_as_user(path);
}

/* Asks whose file it is: for a while the kernel goes on answering for a dead
   mount. */
static int look(int fd, const char *name, struct statx *ret)
{
	return statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC,
		     STATX_BASIC_STATS, ret) < 0 ? -errno : 0;
}

/* One entry: a placeholder, with or without a dead mount on it. */
static int clear_entry(int fd, const char *path, const char *name)
{
	struct statx st;
	int r = look(fd, name, &st);

	if (r == -ENOTCONN || r == -ECONNABORTED) {
		r = unmount_dead(fd, path, name);
		if (r == 0)
			r = look(fd, name, &st);
	}
	if (r < 0)
		return r;
	if (!S_ISREG(st.stx_mode) || st.stx_size != 0 ||
	    st.stx_uid != geteuid())
		return -ENOTEMPTY;
	return unlinkat(fd, name, 0) < 0 ? -errno : 0;
}

static int clear_entries(int fd, const char *path)
{
	_cleanup_dir_ DIR *dir = open_entries(fd, ".");
	struct dirent *entry;
	int r;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) != NULL) {
		if (is_dots(entry->d_name) ||
		    streq(entry->d_name, ".control"))
			continue;
		if (is_links(entry->d_name)) {
			leftovers_clear_links(fd, entry->d_name);
			continue;
		}
		r = clear_entry(fd, path, entry->d_name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* 1: it is; 0: it is not. */
static int is_empty(int fd)
{
	_cleanup_dir_ DIR *dir = open_entries(fd, ".");
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) != NULL)
		if (!is_dots(entry->d_name))
			return 0;
	return 1;
}

int leftovers_clear(int fd, const char *path)
{
	char safe[256];
	struct stat st;
	int r = is_empty(fd);

	if (r != 0)
		return r < 0 ? r : 0;

	/* The socket is the mark of a mount: without it, it is not ours. */
	if (fstatat(fd, ".control", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return -ENOTEMPTY;

	log_info("clearing away what a mount that died left in '%s'",
		 escape(path, safe, sizeof(safe)));
	r = clear_entries(fd, path);
	if (r < 0)
		return r;
	return unlinkat(fd, ".control", 0) < 0 ? -errno : 0;
}

int leftovers_remove_dir(int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_fd_ int above = openat(fd, "..", O_PATH | O_DIRECTORY |
						  O_CLOEXEC);
	struct stat own, named;

	if (above < 0 || fstat(fd, &own) < 0)
		return -errno;
	if (!slash || fstatat(above, slash + 1, &named,
			      AT_SYMLINK_NOFOLLOW) < 0 ||
	    named.st_dev != own.st_dev || named.st_ino != own.st_ino)
		return -ENOENT;
	return unlinkat(above, slash + 1, AT_REMOVEDIR) < 0 ? -errno : 0;
}
