/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * access.h - who may open a medium beside whom
 *
 * I/O Kit's rules (IOMedia::handleOpen, decoded): readers go together; one
 * plain writer at most, beside readers; more writers only if every one shares;
 * exclusive is alone.  Writing alone does not exist: who writes may read.
 */
#ifndef FILTERD_ACCESS_H
#define FILTERD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	ACCESS_NONE = 0,
	ACCESS_READ = 1,
	ACCESS_WRITE = 3,		/* and read */
	ACCESS_SHARED = 4,		/* with READ or WRITE */
	ACCESS_EXCLUSIVE = 8,		/* likewise, never both */
};

/*
 * What the level of all becomes when one at @wanted comes to those who
 * together are at @held; its own earlier level does not count, so that the
 * same question answers for upgrades and downgrades.  Returns it, -EBUSY, or
 * -EINVAL for a level that does not exist.
 */
int access_join(int held, int wanted);

/* The level of @n users together; ACCESS_NONE among them counts for nothing.
   -EBUSY: they could not be there together. */
int access_fold(const int *levels, size_t n);

enum access_verdict {
	ACCESS_REFUSED,		/* -EBUSY, -EROFS or -EINVAL */
	ACCESS_GRANTED,
	ACCESS_TEARDOWN,	/* granted once the idle filter is down */
};

/* A medium that somebody wants to open. */
struct access_question {
	int held;		/* by all others together */
	int wanted;
	bool writable;
	bool filtered;		/* a filter or a map stands on it */
	bool filter_holds;	/* and has the medium open itself */
};

/*
 * Who writes without sharing takes down a filter that holds nothing (its end
 * lets the medium be matched afresh: levels fall from ACCESS_WRITE).  *ret_error
 * is set where refused.
 */
enum access_verdict access_judge(const struct access_question *question,
				 int *ret_error);

#endif /* FILTERD_ACCESS_H */
