/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage.h - who uses which medium, and for what
 *
 * What stands on it, who has it open as it is (guest.h), and who has its file
 * open, which is looked for in /proc in a job.
 */
#ifndef FILTERD_USAGE_H
#define FILTERD_USAGE_H

#include "service.h"

/* {name}: answered {holders: [{medium, holder, level, pid}]}, of one medium or
   of all. */
void usage_tell(struct service *service, struct server_call *call);

#endif /* FILTERD_USAGE_H */
