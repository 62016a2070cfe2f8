/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * departure.c - see departure.h
 *
 * That somebody left is told on a thread that serves the volume, which must not
 * wait for the main thread: it is the one that a detach waits for.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "departure.h"
#include "events.h"
#include "parting.h"

struct departure {
	struct attachment *attachment;
	int fd;
	struct event_watch *watch;
	bool missed;		/* somebody left while it could not go */
};

/* On a thread of the volume's. */
static void left(void *arg)
{
	const struct departure *departure = arg;

	(void)eventfd_write(departure->fd, 1);
}

static void go(void *arg, uint32_t what)
{
	struct departure *departure = arg;
	eventfd_t times;

	(void)what;
	(void)eventfd_read(departure->fd, &times);
	departure->missed = true;
	departure_again(departure);
}

/* Whether others have a volume open is for the job to find out. */
void departure_again(struct departure *departure)
{
	if (!departure || !departure->missed ||
	    departure->attachment->state != ATTACHMENT_PUBLISHED)
		return;
	departure->missed = false;
	parting_detach(departure->attachment);
}

int departure_new(struct attachment *attachment, struct departure **ret)
{
	struct departure *departure = calloc(1, sizeof(*departure));
	int r;

	if (!departure)
		return -ENOMEM;
	departure->attachment = attachment;
	departure->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = departure->fd < 0 ? -errno : 0;
	if (r == 0)
		departure->watch = events_watch(departure->fd, go, departure);
	if (r == 0 && !departure->watch)
		r = -ENOMEM;
	if (r < 0) {
		departure_free(departure);
		return r;
	}
	attachment->export.left = left;
	attachment->export.arg = departure;
	*ret = departure;
	return 0;
}

void departure_free(struct departure *departure)
{
	if (!departure)
		return;
	events_unwatch(departure->watch);
	if (departure->fd >= 0)
		(void)close(departure->fd);
	free(departure);
}
