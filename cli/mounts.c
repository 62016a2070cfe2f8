/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.c - see mounts.h
 *
 * mount(8) and umount(8) do the work, in the mount namespace of who called us:
 * they know the helpers of file systems and keep the tables that others read.
 */
#include <errno.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "escape.h"
#include "loop.h"
#include "mounts.h"
#include "program.h"
#include "util.h"

#define WAIT_MS	5000u	/* for the kernel to let go */
#define STEP_MS	20u

/* Whether the device @source is @loop, "/dev/loop3", or a partition of it. */
static bool is_on(const char *source, const char *loop)
{
	size_t len = strlen(loop);

	return strncmp(source, loop, len) == 0 &&
	       (source[len] == '\0' || source[len] == 'p');
}

/* The last mount for which @fits holds: it covers those before.  *ret is
   allocated: its device, or where it is mounted. */
static int find_last(bool (*fits)(const struct mntent *mount,
				  const char *what), const char *what,
		     bool device, char **ret)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	char *found = NULL;
	int r = mounts ? 0 : -errno;

	while (mounts && r == 0 && (mount = getmntent(mounts)))
		if (fits(mount, what))
			r = set_text(&found, device ? mount->mnt_fsname :
						      mount->mnt_dir);
	if (mounts)
		(void)endmntent(mounts);
	if (r == 0 && !found)
		r = -ENOENT;
	if (r < 0)
		free(found);
	else
		*ret = found;
	return r;
}

static bool is_at(const struct mntent *mount, const char *dir)
{
	return streq(mount->mnt_dir, dir);
}

static bool is_of(const struct mntent *mount, const char *loop)
{
	return is_on(mount->mnt_fsname, loop);
}

int mounts_below(const char *dir, char **ret)
{
	_cleanup_free_ char *real = realpath(dir, NULL), *source = NULL;
	int r = find_last(is_at, real ? real : dir, true, &source);

	return r < 0 ? r : loop_file(source, ret);
}

static int unmount_one(const char *dir, struct failure *f)
{
	const char *const argv[] = { "umount", "--", dir, NULL };
	char safe[256];
	int r = program_run(argv, false, NULL);

	if (r == 0)
		return 0;
	failure_hint(f, "see who uses it: fuser -vm %s",
		     escape(dir, safe, sizeof(safe)));
	return failure_set(f, r == -EIO ? -EBUSY : r,
			   r == -EIO ? EXIT_BUSY : EXIT_FAILED,
			   "cannot unmount '%s'", safe);
}

struct unmounting {
	struct failure *f;
	int error;
};

static int unmount_loop(void *arg, const char *loop)
{
	struct unmounting *unmounting = arg;
	int r = 0;

	while (r == 0) {
		_cleanup_free_ char *dir = NULL;

		r = find_last(is_of, loop, false, &dir);
		if (r == 0)
			r = unmount_one(dir, unmounting->f);
	}
	unmounting->error = r == -ENOENT ? 0 : r;
	return unmounting->error;
}

int mounts_unmount(const char *path, struct failure *f)
{
	struct unmounting unmounting = { .f = f };

	(void)loop_each_on(path, unmount_loop, &unmounting);
	return unmounting.error;
}

static int keep_name(void *arg, const char *loop)
{
	char *name = arg;

	(void)snprintf(name, LOOP_PATH_LEN, "%s", loop);
	return 1;
}

int mounts_wait(const char *path, struct failure *f)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	char loop[LOOP_PATH_LEN], safe[256];

	for (unsigned ms = 0; ms < WAIT_MS; ms += STEP_MS) {
		if (loop_each_on(path, keep_name, loop) == 0)
			return 0;
		(void)nanosleep(&step, NULL);
	}
	failure_hint(f, "see what uses it: lsof %s", loop);
	return failure_set(f, -EBUSY, EXIT_BUSY, "'%s' is in use by %s",
			   escape(path, safe, sizeof(safe)), loop);
}
