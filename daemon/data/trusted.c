/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trusted.c - files whose contents may be run
 *
 * The way up is walked on descriptors, by "..", so that what is checked are
 * the directories that the file is in, whatever links led there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "trusted.h"

#define DEPTH_MAX	64u	/* directories above a file */
#define SHOWN_LEN	256u

/* The path of @fd, as far as it is known. */
static const char *path_of(int fd, char shown[SHOWN_LEN])
{
	char link[32], path[SHOWN_LEN] = "";

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		return "?";
	return escape(path, shown, SHOWN_LEN);
}

static int refuse(int fd, struct failure *f)
{
	char shown[SHOWN_LEN];

	failure_set(f, -EPERM, EXIT_DENIED,
		    "nothing is run from where others can write: '%s'",
		    path_of(fd, shown));
	failure_hint(f, "it must belong to %s; 'chmod go-w' takes the right"
		     " from others",
		     geteuid() == 0 ? "root" : "you or to root");
	return -EPERM;
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool others_write(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/*
 * In a directory further up others may write if it is sticky (as /tmp): they
 * can neither rename nor remove what is ours there.  In the file's own they
 * may not, or they could add to it.
 */
static int check_dir(int fd, bool above, struct stat *st, struct failure *f)
{
	bool sticky;

	if (fstat(fd, st) < 0)
		return failure_errno(f, -errno, "a module's directory");
	sticky = above && st->st_mode & S_ISVTX;
	return is_ours(st) && (sticky || !others_write(st)) ? 0 :
							      refuse(fd, f);
}

/* From @dir up to the root, which is the directory above itself. */
static int check_dirs(int dir, struct failure *f)
{
	_cleanup_fd_ int above = -1;
	struct stat st, last;
	int fd = dir, r = check_dir(dir, false, &st, f);

	for (unsigned i = 0; r == 0 && i < DEPTH_MAX; i++) {
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return failure_errno(f, -errno,
					     "above a module's directory");
		cleanup_fd(&above);
		fd = above = up;
		last = st;
		r = check_dir(fd, true, &st, f);
		if (r == 0 && st.st_ino == last.st_ino &&
		    st.st_dev == last.st_dev)
			return 0;
	}
	return r < 0 ? r : refuse(dir, f);
}

static int check_file(int fd, struct failure *f)
{
	char shown[SHOWN_LEN];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return failure_errno(f, -errno, "'%s'", path_of(fd, shown));
	if (!S_ISREG(st.st_mode))
		return failure_set(f, -ENOEXEC, EXIT_FAILED,
				   "'%s' is not a regular file",
				   path_of(fd, shown));
	return is_ours(&st) && !others_write(&st) ? 0 : refuse(fd, f);
}

/* Says why @name in @dir did not open, but for -ENOENT. */
static int cannot_open(const char *dir, const char *name, int error,
		       struct failure *f)
{
	char in[SHOWN_LEN], shown[SHOWN_LEN];

	escape(dir, in, sizeof(in));
	escape(name, shown, sizeof(shown));
	if (error == -ENOENT)
		return error;
	if (error != -ELOOP)
		return failure_errno(f, error, "'%s/%s'", in, shown);
	return failure_set(f, -EPERM, EXIT_DENIED,
			   "'%s/%s' is a symbolic link, and none is followed"
			   " there", in, shown);
}

int trusted_open(const char *dir, const char *name, int *ret,
		 struct failure *f)
{
	_cleanup_fd_ int in = -1, fd = -1;
	int r;

	in = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in < 0)
		return cannot_open(dir, name, -errno, f);
	/* A link would lead to where nobody has looked. */
	fd = openat(in, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return cannot_open(dir, name, -errno, f);
	r = check_dirs(in, f);
	if (r < 0)
		return r;
	r = check_file(fd, f);
	if (r < 0)
		return r;
	*ret = take_fd(&fd);
	return 0;
}
