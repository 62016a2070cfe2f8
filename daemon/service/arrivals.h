/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arrivals.h - disks that come and go, and what the service does about it
 *
 * One that comes is looked at, if filterd.conf or a udev rule says so
 * (FILTERD_ATTACH), without a claim; if a filter would start on it, it is
 * attached, or who follows then is told: {"event": "disk-found", "source",
 * "removable"}.  Once: what somebody detaches stays detached until it comes
 * again, or a rescan.  One that goes, or gets another size, is told to the
 * attachment that stands on it.  Main thread.
 */
#ifndef FILTERD_ARRIVALS_H
#define FILTERD_ARRIVALS_H

#include <stdbool.h>

struct arrivals;
struct service;

/* Listens, and begins with the disks that are here.  0 or -errno. */
int arrivals_open(struct service *service, struct arrivals **ret);

/* Looks at all disks that are here, as if they had just come. */
void arrivals_rescan(struct arrivals *arrivals);

/* Nothing that comes is looked at any more, and what is being looked at is
   called off; @idle is told when nothing is, here or later. */
void arrivals_stop(struct arrivals *arrivals, void (*idle)(void *arg),
		   void *arg);
bool arrivals_idle(const struct arrivals *arrivals);

/* When it is idle.  NULL is allowed. */
void arrivals_close(struct arrivals *arrivals);

#endif /* FILTERD_ARRIVALS_H */
