/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * badge.c - see badge.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "badge.h"
#include "cleanup.h"
#include "log.h"
#include "paths.h"

struct badge {
	char dir[PATH_MAX], file[PATH_MAX + 32];
};

static struct badge badge_of(dev_t dev)
{
	struct badge badge;

	(void)snprintf(badge.dir, sizeof(badge.dir), "%.4000s/badges",
		       paths_runtime());
	(void)snprintf(badge.file, sizeof(badge.file), "%s/%u:%u", badge.dir,
		       major(dev), minor(dev));
	return badge;
}

/* As if it had changed: the kernel tells udev, and udev runs its rules. */
static int trigger(dev_t dev)
{
	_cleanup_fd_ int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent",
		       major(dev), minor(dev));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "change", 6) == 6 ? 0 : -errno;
}

static int make(const struct badge *badge)
{
	_cleanup_fd_ int fd = -1;

	if ((mkdir(paths_runtime(), 0755) < 0 && errno != EEXIST) ||
	    (mkdir(badge->dir, 0755) < 0 && errno != EEXIST))
		return -errno;
	fd = open(badge->file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		  0444);
	return fd < 0 ? -errno : 0;
}

void badge_show(dev_t dev)
{
	const struct badge badge = badge_of(dev);
	int r;

	if (geteuid() != 0)
		return;
	r = make(&badge);
	if (r == 0)
		r = trigger(dev);
	if (r < 0)
		log_debug("'%s': udev is not told: %s", badge.file,
			  strerror(-r));
}

/* The device may be gone: then there is nothing to be looked at. */
void badge_hide(dev_t dev)
{
	const struct badge badge = badge_of(dev);

	if (geteuid() != 0 || unlink(badge.file) < 0)
		return;
	(void)rmdir(badge.dir);		/* of the last */
	(void)trigger(dev);
}
