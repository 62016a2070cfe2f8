/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tuning.h - the methods that show and change a running filter's settings
 */
#ifndef FILTERD_TUNING_H
#define FILTERD_TUNING_H

#include "server.h"

/* GetSettings and SetSettings; @arg is the service. */
void tuning_get(struct server_call *call, void *arg);
void tuning_set(struct server_call *call, void *arg);

#endif /* FILTERD_TUNING_H */
