/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hotplug.h - block devices that come, change and go
 *
 * Told by udev when it is done with a device: its node has an owner, a mode
 * and its links then.  Where no udev runs the kernel tells it.  Main thread.
 */
#ifndef FILTERD_HOTPLUG_H
#define FILTERD_HOTPLUG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum hotplug_what {
	HOTPLUG_HERE,	/* it came, or changed: its size, the disk in it */
	HOTPLUG_GONE,
	HOTPLUG_MISSED,	/* more came than could be kept: anything may be
			   gone; what is here is told after it */
};

struct hotplug_event {
	enum hotplug_what what;
	/* Not of HOTPLUG_MISSED: */
	dev_t dev;
	const char *node;	/* its name below /dev: "sdb", "sdb1" */
	bool partition;
	/* Of HOTPLUG_HERE alone: */
	bool removable;		/* as sysfs_removable() */
	uint64_t size;		/* bytes; 0: no disk is in it */
	const char *attach;	/* what udev rules say, or "": FILTERD_ATTACH */
	const char *key_file;	/* and FILTERD_KEY_FILE */
};

struct hotplug;

/* Its strings are valid until it returns. */
typedef void hotplug_fn(void *arg, const struct hotplug_event *event);

/* Listens from now on; what comes is told by the main loop.  0 or -errno. */
int hotplug_open(hotplug_fn *fn, void *arg, struct hotplug **ret);
void hotplug_close(struct hotplug *hotplug);	/* NULL is allowed */

/*
 * Tells at once of each device that is here, but for those that udev has not
 * seen yet: it will tell of them.  0 or -errno.
 */
int hotplug_scan(struct hotplug *hotplug);

#endif /* FILTERD_HOTPLUG_H */
