/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * barrier.h - many flushes served by few
 *
 * One flush runs, and all who ask meanwhile wait for the next one together: a
 * caller is served by a flush that started after its call, never by one that
 * was under way and may have passed its writes by.
 */
#ifndef FILTERD_BARRIER_H
#define FILTERD_BARRIER_H

#include <pthread.h>
#include <stdbool.h>

/* Who waits, on its own stack; the queue is newest first. */
struct barrier_caller {
	struct barrier_caller *next;
	int result;
	bool served;
};

struct barrier {
	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t served;
	struct barrier_caller *waiting;	/* for a flush that has not begun */
	bool running;
};

/* 0 or a negative errno. */
int barrier_init(struct barrier *barrier);
void barrier_destroy(struct barrier *barrier);

/*
 * Returns what a run of @flush(arg) returned that began after this call; all
 * callers of one barrier give the same @flush and @arg.  Any thread; blocks.
 */
int barrier_pass(struct barrier *barrier, int (*flush)(void *arg), void *arg);

#endif /* FILTERD_BARRIER_H */
