/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * readers.h - those who read the log through the service
 *
 * None holds the log up: who does not read what he is told misses the lines
 * that the logbook drops meanwhile, and is told how many.  Main thread.
 */
#ifndef FILTERD_READERS_H
#define FILTERD_READERS_H

#include "server.h"

/* From now on the log is kept.  Before threads are started; closed when they
   have ended, and the server with all calls.  0 or -errno. */
int readers_open(void);
void readers_close(void);

/*
 * The methods org.filterd.Manager.Log {lines, follow, filter, medium} and
 * LogLevel {level}.
 */
void readers_log(struct server_call *call, void *arg);
void readers_level(struct server_call *call, void *arg);

#endif /* FILTERD_READERS_H */
