/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-hotplug.c - what is told of block devices: those of this machine, and
 * messages that the kernel is asked to send
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "events.h"
#include "hotplug.h"
#include "sysfs.h"
#include "util.h"

#define FOLDER "/sys/class/block"
#define FLOOD 20000u		/* more than is kept */

/* What has been told. */
struct told {
	unsigned here, wrong, missed;
	const char *wanted;		/* its node ends the loop */
};

static uint64_t size_of(const char *node)
{
	char path[128], text[24];

	snprintf(path, sizeof(path), FOLDER "/%s/size", node);
	if (!sysfs_read(path, text, sizeof(text)))
		return UINT64_MAX;
	return strtoull(text, NULL, 10) * 512;
}

static void on_event(void *arg, const struct hotplug_event *event)
{
	struct told *told = arg;

	if (event->what == HOTPLUG_MISSED) {
		told->missed++;
		events_exit(0);
		return;
	}
	told->here += event->what == HOTPLUG_HERE;
	told->wrong += event->size != size_of(event->node);
	if (told->wanted && streq(event->node, told->wanted))
		events_exit(0);
}

static unsigned count_devices(void)
{
	_cleanup_dir_ DIR *dir = opendir(FOLDER);
	const struct dirent *entry;
	unsigned n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	return n;
}

static void test_a_scan_tells_of_each_device(void)
{
	struct told told = { 0 };
	struct hotplug *hotplug;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(hotplug_open(on_event, &told, &hotplug), 0);
	CU_ASSERT_EQUAL(hotplug_scan(hotplug), 0);
	/* udev may not be done with one that has just come. */
	CU_ASSERT_TRUE(told.here <= count_devices());
	CU_ASSERT_TRUE(told.here > 0 || count_devices() == 0);
	CU_ASSERT_EQUAL(told.wrong, 0);
	CU_ASSERT_EQUAL(told.missed, 0);
	hotplug_close(hotplug);
	events_fini();
}

/* The "uevent" file of some device, whose node goes to @node; or -1. */
static int open_sender(char node[64])
{
	_cleanup_dir_ DIR *dir = opendir(FOLDER);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[512];
		int fd;

		if (entry->d_name[0] == '.' || strchr(entry->d_name, '!'))
			continue;
		snprintf(path, sizeof(path), FOLDER "/%s/uevent",
			 entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		snprintf(node, 64, "%.63s", entry->d_name);
		return fd;
	}
	return -1;
}

/* The kernel takes such a word for one that it has to say. */
static bool send_change(int fd)
{
	return write(fd, "change", 6) == 6;
}

/* The kernel says nothing of a loop device that somebody is setting up: what
   was not heard is said again. */
struct repeated {
	int sender;
	unsigned times;			/* each time */
	struct event_timer *timer;
};

static void repeat(void *arg)
{
	struct repeated *message = arg;

	for (unsigned i = 0; i < message->times; i++)
		CU_ASSERT_TRUE_FATAL(send_change(message->sender));
	CU_ASSERT_EQUAL(events_timer_set(message->timer, 100), 0);
}

static void test_a_message_is_told(void)
{
	char node[64];
	_cleanup_fd_ int sender = open_sender(node);
	struct told told = { .wanted = node };
	struct repeated message = { .sender = sender, .times = 1 };
	struct hotplug *hotplug;

	if (sender < 0)
		CHECK_SKIP("needs root and a block device");
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(hotplug_open(on_event, &told, &hotplug), 0);
	message.timer = events_timer(repeat, &message);
	CU_ASSERT_PTR_NOT_NULL_FATAL(message.timer);
	repeat(&message);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_TRUE(told.here >= 1);
	CU_ASSERT_EQUAL(told.wrong, 0);
	events_timer_free(message.timer);
	hotplug_close(hotplug);
	events_fini();
}

static void test_what_was_missed_is_said_and_told_again(void)
{
	struct told told = { 0 };
	struct hotplug *hotplug;
	char node[64];
	_cleanup_fd_ int sender = open_sender(node);
	struct repeated message = { .sender = sender, .times = FLOOD };

	if (sender < 0)
		CHECK_SKIP("needs root and a block device");
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(hotplug_open(on_event, &told, &hotplug), 0);
	message.timer = events_timer(repeat, &message);
	CU_ASSERT_PTR_NOT_NULL_FATAL(message.timer);
	repeat(&message);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(told.missed, 1);
	CU_ASSERT_TRUE(told.here >= 1);
	events_timer_free(message.timer);
	hotplug_close(hotplug);
	events_fini();
}

CHECK_SUITE("hotplug",
	    CHECK(test_a_scan_tells_of_each_device),
	    CHECK(test_a_message_is_told),
	    CHECK(test_what_was_missed_is_said_and_told_again))
