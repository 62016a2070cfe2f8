/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * events.h - the main thread's loop, and how other threads reach it
 *
 * It is libsystemd's sd-event, which needs no systemd to run.
 */
#ifndef FILTERD_EVENTS_H
#define FILTERD_EVENTS_H

#include <stdint.h>

/* The thread that calls it is the main thread.  0 or -errno. */
int events_init(void);
/* Runs what events_call() still waits for; later ones are plain calls. */
void events_fini(void);

/* Runs until events_exit(), whose code it returns; or -errno.  May be run
   again. */
int events_run(void);
/* Main thread.  @code is 0 or positive; outside, the next run ends at once. */
void events_exit(int code);

/*
 * From now on tells the service manager now and then that the loop turns, if it
 * wants to know (sd_watchdog_enabled(3)): where the main thread is stuck, it
 * ends the process.  0 or -errno.
 */
int events_watchdog(void);

/* Calls @fn on the main thread when @signal arrives (instead of its default
   action).  Call before any thread is started: it blocks the signal, and
   threads inherit that.  0 or -errno. */
int events_signal(int signal, void (*fn)(void *arg, int signal), void *arg);

struct event_watch;
/* Calls @fn while @fd is readable (EPOLLIN) or hung up.  The descriptor stays
   the caller's, open until events_unwatch().  NULL: out of memory, or nothing
   that one can wait for. */
struct event_watch *events_watch(int fd, void (*fn)(void *arg, uint32_t what),
				 void *arg);
/* What it waits for from now on (EPOLLIN, EPOLLOUT).  0 or -errno. */
int events_watch_for(struct event_watch *watch, uint32_t what);
void events_unwatch(struct event_watch *watch);	/* NULL is allowed */

struct event_timer;
/* Calls @fn once, each time after it was set; not set at first.  NULL: out of
   memory. */
struct event_timer *events_timer(void (*fn)(void *arg), void *arg);
/* In @ms milliseconds from now, instead of what was set before; negative:
   never.  0 or -errno. */
int events_timer_set(struct event_timer *timer, int64_t ms);
void events_timer_free(struct event_timer *timer);	/* NULL is allowed */

/*
 * Runs @fn(arg) on the main thread and waits for it: how a job changes the
 * topology.  On the main thread, or without events_init(), a plain call.  The
 * main thread must come to events_run() or events_fini(): it must not wait for
 * the caller elsewhere.
 */
void events_call(void (*fn)(void *arg), void *arg);

#endif /* FILTERD_EVENTS_H */
