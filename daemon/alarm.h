/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * alarm.h - any thread wakes the main thread, and does not wait for it
 */
#ifndef FILTERD_ALARM_H
#define FILTERD_ALARM_H

struct alarm;

/* @fn(arg) will run on the main thread, once for what rang meanwhile.  Main
   thread.  NULL: out of memory or descriptors. */
struct alarm *alarm_new(void (*fn)(void *arg), void *arg);

/* Any thread; neither blocks nor fails. */
void alarm_ring(struct alarm *alarm);

/* Nobody rings it any more; @fn is not called afterwards.  Main thread; NULL is
   allowed. */
void alarm_free(struct alarm *alarm);

#endif /* FILTERD_ALARM_H */
