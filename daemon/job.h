/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - what may take long, on threads of its own
 */
#ifndef FILTERD_JOB_H
#define FILTERD_JOB_H

#include <stdbool.h>

/*
 * Runs @work(arg) on a job thread, with all signals blocked, then @done(arg,
 * what work returned) on the main thread (events_call()).  0 or -errno (neither
 * is called then).
 */
int job_start(int (*work)(void *arg), void (*done)(void *arg, int result),
	      void *arg);

/*
 * What this thread does from now on is to be given up when *cancelled, which
 * is atomic and set by anybody, is not 0.  NULL: nobody can.
 */
void job_watch(const volatile int *cancelled);
bool job_is_cancelled(void);

#endif /* FILTERD_JOB_H */
