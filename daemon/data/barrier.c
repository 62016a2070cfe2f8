/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * barrier.c - many flushes served by few
 *
 * Callers queue on their own stacks.  Whoever finds no flush running takes the
 * whole queue, itself included, and runs the flush for it; so each caller gets
 * the result of its own flush, however late it wakes up.
 *
 * Code paths: [data].
 */
#include <stddef.h>

#include "barrier.h"

int barrier_init(struct barrier *barrier)
{
	int r;

	barrier->waiting = NULL;
	barrier->running = false;
	r = pthread_mutex_init(&barrier->lock, NULL);
	if (r != 0)
		return -r;
	r = pthread_cond_init(&barrier->served, NULL);
	if (r != 0)
		(void)pthread_mutex_destroy(&barrier->lock);
	return -r;
}

void barrier_destroy(struct barrier *barrier)
{
	(void)pthread_cond_destroy(&barrier->served);
	(void)pthread_mutex_destroy(&barrier->lock);
}

/* barrier->lock is held, but not over the flush. */
static void serve(struct barrier *barrier, int (*flush)(void *arg), void *arg)
{
	struct barrier_caller *caller = barrier->waiting, *next;
	int r;

	barrier->waiting = NULL;
	barrier->running = true;
	(void)pthread_mutex_unlock(&barrier->lock);
	r = flush(arg);
	(void)pthread_mutex_lock(&barrier->lock);
	barrier->running = false;

	for (; caller; caller = next) {
		next = caller->next;
		caller->result = r;
		caller->served = true;
	}
	(void)pthread_cond_broadcast(&barrier->served);
}

int barrier_pass(struct barrier *barrier, int (*flush)(void *arg), void *arg)
{
	struct barrier_caller self = { 0 };

	(void)pthread_mutex_lock(&barrier->lock);
	self.next = barrier->waiting;
	barrier->waiting = &self;
	while (!self.served && barrier->running)
		(void)pthread_cond_wait(&barrier->served, &barrier->lock);
	if (!self.served)
		serve(barrier, flush, arg);
	(void)pthread_mutex_unlock(&barrier->lock);
	return self.result;
}
