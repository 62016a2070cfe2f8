/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hotplug.c - see hotplug.h
 *
 * libudev reads both udev's messages and the kernel's, and drops what any
 * other process sent.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <libudev.h>

#include "cleanup.h"
#include "events.h"
#include "hotplug.h"
#include "sysfs.h"
#include "util.h"

#define SECTOR	512u	/* of the kernel's sizes, whatever the disk's */
#define KEPT	(4 << 20)	/* bytes of messages that nobody has read yet */

struct hotplug {
	struct udev *udev;
	struct udev_monitor *monitor;
	struct event_watch *watch;
	bool has_udev;
	hotplug_fn *fn;
	void *arg;
};

static void cleanup_device(struct udev_device **device)
{
	udev_device_unref(*device);
}

static void cleanup_enumerate(struct udev_enumerate **enumerate)
{
	udev_enumerate_unref(*enumerate);
}

static void cleanup_hotplug(struct hotplug **hotplug)
{
	hotplug_close(*hotplug);
}

/* Not the property of an event: the size may have changed again since. */
static uint64_t size_of(dev_t dev)
{
	char text[24];
	uint64_t size;

	if (!sysfs_attribute(dev, "size", text, sizeof(text)) ||
	    mul_overflow((uint64_t)strtoull(text, NULL, 10), SECTOR, &size))
		return 0;
	return size;
}

/* "/dev/sdb" as libudev has it, which is never without "/dev/". */
static const char *node_of(struct udev_device *device)
{
	const char *path = udev_device_get_devnode(device);

	return path && strncmp(path, "/dev/", 5) == 0 ? path + 5 : NULL;
}

static void tell(struct hotplug *hotplug, struct udev_device *device)
{
	const char *action = or_empty(udev_device_get_action(device));
	const char *type = or_empty(udev_device_get_devtype(device));
	struct hotplug_event event = {
		.what = streq(action, "remove") ? HOTPLUG_GONE : HOTPLUG_HERE,
		.dev = udev_device_get_devnum(device),
		.node = node_of(device),
		.partition = streq(type, "partition"),
		.attach = "",
		.key_file = "",
	};

	if (!event.node)
		return;
	if (event.what == HOTPLUG_HERE) {
		event.removable = sysfs_removable(event.dev);
		event.size = size_of(event.dev);
		event.attach = or_empty(udev_device_get_property_value(
			device, "FILTERD_ATTACH"));
		event.key_file = or_empty(udev_device_get_property_value(
			device, "FILTERD_KEY_FILE"));
	}
	hotplug->fn(hotplug->arg, &event);
}

static void tell_missed(struct hotplug *hotplug)
{
	const struct hotplug_event event = { .what = HOTPLUG_MISSED };

	hotplug->fn(hotplug->arg, &event);
	(void)hotplug_scan(hotplug);	/* without memory the next one does */
}

/* One message: if there are more, the loop comes back. */
static void on_message(void *arg, uint32_t what)
{
	_cleanup_(cleanup_device) struct udev_device *device = NULL;
	struct hotplug *hotplug = arg;

	(void)what;
	errno = 0;
	device = udev_monitor_receive_device(hotplug->monitor);
	if (device)
		tell(hotplug, device);
	else if (errno == ENOBUFS)
		tell_missed(hotplug);
}

static int listen_to(struct hotplug *hotplug, const char *whom)
{
	int r;

	hotplug->monitor = udev_monitor_new_from_netlink(hotplug->udev, whom);
	if (!hotplug->monitor)
		return -errno;
	r = udev_monitor_filter_add_match_subsystem_devtype(hotplug->monitor,
							    "block", NULL);
	/* libudev's own is 128 MiB; as much as an ordinary socket's without
	   CAP_NET_ADMIN. */
	(void)udev_monitor_set_receive_buffer_size(hotplug->monitor, KEPT);
	if (r >= 0)
		r = udev_monitor_enable_receiving(hotplug->monitor);
	if (r < 0)
		return r;
	hotplug->watch = events_watch(udev_monitor_get_fd(hotplug->monitor),
				      on_message, hotplug);
	return hotplug->watch ? 0 : -ENOMEM;
}

int hotplug_open(hotplug_fn *fn, void *arg, struct hotplug **ret)
{
	_cleanup_(cleanup_hotplug) struct hotplug *hotplug = NULL;
	int r;

	hotplug = calloc(1, sizeof(*hotplug));
	if (!hotplug)
		return -ENOMEM;
	hotplug->fn = fn;
	hotplug->arg = arg;
	hotplug->udev = udev_new();
	if (!hotplug->udev)
		return -ENOMEM;
	/* udev's own sign of life. */
	hotplug->has_udev = access("/run/udev/control", F_OK) == 0;
	r = listen_to(hotplug, hotplug->has_udev ? "udev" : "kernel");
	if (r < 0)
		return r;
	*ret = take_ptr(&hotplug);
	return 0;
}

void hotplug_close(struct hotplug *hotplug)
{
	if (!hotplug)
		return;
	events_unwatch(hotplug->watch);
	udev_monitor_unref(hotplug->monitor);
	udev_unref(hotplug->udev);
	free(hotplug);
}

int hotplug_scan(struct hotplug *hotplug)
{
	_cleanup_(cleanup_enumerate) struct udev_enumerate *all =
		udev_enumerate_new(hotplug->udev);
	struct udev_list_entry *entry;
	int r;

	if (!all)
		return -ENOMEM;
	r = udev_enumerate_add_match_subsystem(all, "block");
	if (r >= 0 && hotplug->has_udev)
		r = udev_enumerate_add_match_is_initialized(all);
	if (r >= 0)
		r = udev_enumerate_scan_devices(all);
	if (r < 0)
		return r;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(all)) {
		_cleanup_(cleanup_device) struct udev_device *device =
			udev_device_new_from_syspath(hotplug->udev,
				udev_list_entry_get_name(entry));

		if (device)
			tell(hotplug, device);
	}
	return 0;
}
