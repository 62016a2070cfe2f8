/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.c - see job.h
 *
 * A thread for each job: one that hangs on a sick device holds up no other.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "events.h"
#include "job.h"

struct job {
	int (*work)(void *arg);
	void (*done)(void *arg, int result);
	void *arg;
	int result;
};

static _Thread_local const volatile int *watched;

void job_watch(const volatile int *cancelled)
{
	watched = cancelled;
}

bool job_is_cancelled(void)
{
	return watched && __atomic_load_n(watched, __ATOMIC_RELAXED) != 0;
}

static void finish(void *arg)
{
	struct job *job = arg;

	job->done(job->arg, job->result);
}

static void *run(void *arg)
{
	struct job *job = arg;

	job->result = job->work(job->arg);
	events_call(finish, job);
	free(job);
	return NULL;
}

/* Nobody joins a job: done() is all that tells of its end. */
static int start_detached(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	r = pthread_attr_init(&attr);
	if (r != 0)
		return -r;
	r = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (r == 0)
		r = pthread_create(&thread, &attr, run, job);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

int job_start(int (*work)(void *arg), void (*done)(void *arg, int result),
	      void *arg)
{
	struct job *job = malloc(sizeof(*job));
	sigset_t all, before;
	int r;

	if (!job)
		return -ENOMEM;
	*job = (struct job){ .work = work, .done = done, .arg = arg };

	/* The thread inherits this mask: signals are the main thread's. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = start_detached(job);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		free(job);
	return r;
}
