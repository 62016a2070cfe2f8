/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * events.h - the main thread's loop, and how other threads reach it
 *
 * The one file beside serve.c, kept.c and udev.c that knows libsystemd: its
 * sd-event needs no systemd to run.
 */
#ifndef FILTERD_EVENTS_H
#define FILTERD_EVENTS_H

#include <stdint.h>

/* Main thread; blocks the signals it will be asked to handle.  0 or -errno. */
int events_init(void);
void events_fini(void);

/* Runs until events_exit(), whose code it returns; or -errno. */
int events_run(void);
void events_exit(int code);	/* main thread */

/* Calls @fn on the main thread when @signal arrives (instead of its default
   action).  Call before any thread is started. */
int events_signal(int signal, void (*fn)(void *arg, int signal), void *arg);

struct event_watch;
/* Calls @fn while @fd is readable (EPOLLIN) or hung up.  The descriptor stays
   the caller's.  NULL: out of memory. */
struct event_watch *events_watch(int fd, void (*fn)(void *arg, uint32_t what),
				 void *arg);
void events_unwatch(struct event_watch *watch);	/* NULL is allowed */

/*
 * Runs @fn(arg) on the main thread and waits for it: how a job changes the
 * topology.  On the main thread, or where no loop runs, a plain call.
 */
void events_call(void (*fn)(void *arg), void *arg);

#endif /* FILTERD_EVENTS_H */
