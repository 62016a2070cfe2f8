/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alarm.c - any thread wakes the main thread, and does not wait for it
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alarm.h"
#include "events.h"

struct alarm {
	int fd;
	struct event_watch *watch;
	void (*fn)(void *arg);
	void *arg;
};

static void rung(void *arg, uint32_t what)
{
	struct alarm *alarm = arg;
	eventfd_t times;

	(void)what;
	if (eventfd_read(alarm->fd, &times) == 0)
		alarm->fn(alarm->arg);
}

struct alarm *alarm_new(void (*fn)(void *arg), void *arg)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));

	if (!alarm)
		return NULL;
	alarm->fn = fn;
	alarm->arg = arg;
	alarm->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (alarm->fd >= 0)
		alarm->watch = events_watch(alarm->fd, rung, alarm);
	if (!alarm->watch) {
		alarm_free(alarm);
		return NULL;
	}
	return alarm;
}

/* Only a count near 2^64 would make it fail. */
void alarm_ring(struct alarm *alarm)
{
	(void)eventfd_write(alarm->fd, 1);
}

void alarm_free(struct alarm *alarm)
{
	if (!alarm)
		return;
	events_unwatch(alarm->watch);
	if (alarm->fd >= 0)
		(void)close(alarm->fd);
	free(alarm);
}
