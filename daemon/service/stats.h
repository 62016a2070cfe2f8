/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.h - the method that tells what every level has done
 *
 * A level is a device, a filter, or the file of a volume; each is {level,
 * source, medium, filter, requests, figures}.
 */
#ifndef FILTERD_STATS_H
#define FILTERD_STATS_H

#include "server.h"

/* Stats; @arg is the service. */
void stats_get(struct server_call *call, void *arg);

#endif /* FILTERD_STATS_H */
