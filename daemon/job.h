/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - what may take long, on threads of its own
 */
#ifndef FILTERD_JOB_H
#define FILTERD_JOB_H

/*
 * Runs @work(arg) on a job thread, with all signals blocked, then @done(arg,
 * what work returned) on the main thread (events_call()).  0 or -errno (neither
 * is called then).
 */
int job_start(int (*work)(void *arg), void (*done)(void *arg, int result),
	      void *arg);

#endif /* FILTERD_JOB_H */
