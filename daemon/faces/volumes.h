/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volumes.h - the leaves of a stack, published in a place
 */
#ifndef FILTERD_VOLUMES_H
#define FILTERD_VOLUMES_H

#include "export.h"
#include "failure.h"
#include "place.h"
#include "stack.h"

struct volumes {
	struct place *place;
	struct medium **media;	/* NULL-terminated; what has a file */
	size_t n;
};

/*
 * Publishes every volume of @stack in @place, which stays the caller's and
 * must outlive them.  On error nothing is published, and @f says why.
 */
int volumes_publish(struct volumes *volumes, const struct stack *stack,
		    struct place *place, const struct export_options *options,
		    struct failure *f);

/*
 * Publishes what has no file yet; what has one keeps it.  On error those of
 * before stay as they are, and @f says why.
 */
int volumes_renew(struct volumes *volumes, const struct stack *stack,
		  const struct export_options *options, struct failure *f);

/* Puts a loop device on each that has none, for as long as it is there.  On
   error, said in @f, there are no new ones.  On a job thread; blocks. */
int volumes_put_loops(struct volumes *volumes, struct failure *f);

/*
 * Takes the file of @medium away, flushed, so that something can stand on it;
 * without one there is nothing to do.  On a job thread; blocks.  -EBUSY: it is
 * open, or a request is stuck below, and stays; said in @f.
 */
int volumes_withdraw(struct volumes *volumes, struct medium *medium,
		     struct failure *f);

/* 0, or -EBUSY with @f saying which is open and who holds it.  Waits for one to
   be closed: a second, or ten where nobody is found to hold it. */
int volumes_busy(const struct volumes *volumes, struct failure *f);

/*
 * For who does not wait until all are closed, in this order, each before
 * volumes_stop().  volumes_hide() frees their names; who has one open goes on
 * with it.  On error, said in @f, some may be hidden.  volumes_wait() returns
 * when nobody has one open any more.  volumes_abort() ends that: requests fail
 * from now on; while another thread waits, too.  They block.
 */
int volumes_hide(struct volumes *volumes, struct failure *f);
void volumes_wait(const struct volumes *volumes);
void volumes_abort(const struct volumes *volumes);

/*
 * Takes the files away, telling @say of each before; flushed when it returns.
 * -EBUSY: one was opened at that moment, or cannot be unmounted; it and those
 * after it stay.
 * -ETIMEDOUT: a request is stuck below; the stack cannot be taken down, and the
 * process can only end.  Another error is of a flush: everything is gone all
 * the same.  Blocks.
 */
int volumes_stop(struct volumes *volumes,
		 void (*say)(void *arg, const char *name), void *arg,
		 struct failure *f);

#endif /* FILTERD_VOLUMES_H */
