/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * matcher.h - a medium -> the map or filter that stands on it, and so on up
 *
 * One pass a medium: for each personality, highest score first: the category
 * must be free, the conditions hold, the probe agree (it may change the
 * score); then, per category, start in order of score until one succeeds.
 * What is published is matched again, up to MATCHER_DEPTH filters high.
 * Runs on a job thread; every step is recorded in the medium's outcomes.
 */
#ifndef FILTERD_MATCHER_H
#define FILTERD_MATCHER_H

#include "ask.h"
#include "medium.h"
#include "module.h"

#define MATCHER_DEPTH 8

struct resources;
struct source;

struct matcher {
	struct catalogue *catalogue;
	struct modules *modules;
	struct ask ask;
	struct resources *resources;	/* NULL: only filterd is there */
	bool start;		/* false: look only; filters with a prepare
				   are recorded WOULD_START */
	bool keep_going;	/* an unopened medium is no error */
	unsigned only;		/* partition of the source; 0: all */
	/* Told of every medium as it settles, parents before children, on the
	   matcher's thread; may be NULL. */
	void (*settled)(void *arg, struct medium *medium);
	/* What a filter says to its user; may be NULL. */
	void (*say)(void *arg, struct medium *medium, int level,
		    const char *text);
	/* A start failed, and @failed->next is tried now (NULL: nothing is left
	   to try), before what it says; on the matcher's thread; may be NULL.
	   Not called for one that is the only one of its category. */
	void (*passed_over)(void *arg, struct medium *medium,
			    const struct outcome *failed);
	/* A filter asks to be refreshed (growth.h); any thread, must not block;
	   may be NULL. */
	void (*changed)(void *arg);
	void *arg;
};

/*
 * Matches the source's whole medium, and all that comes of it.  Returns 0, also
 * when nothing matched; else the first error of a medium that matched and could
 * not be opened, said in @f: nothing more is started after it.  With keep_going
 * or without start it goes on to the end; with keep_going only -ECANCELED,
 * -ENOMEM and -ENOENT (there is no partition @only) are returned.  The tree
 * holds what was reached in any case.
 */
int matcher_run(struct matcher *matcher, struct source *source,
		struct failure *f);

/*
 * Matches @medium once more, since somebody has published what a personality
 * waits for, or there are others now, and all that comes of it.  Who stands
 * there stays, what it published is not looked at.  Nothing of it may be a file
 * then.  0, also where nothing new stands there; else as matcher_run().
 */
int matcher_again(struct matcher *matcher, struct source *source,
		  struct medium *medium, struct failure *f);

/* Stops all layers below @root, top down, flushed.  The first error. */
int matcher_stop(struct medium *root);

/*
 * Takes down all that stands on @medium, flushed, as if it had never been
 * matched: it is the next time that it may.  Nothing above it has a file.  On a
 * job thread, of a tree that nobody else uses.  The first error; all is gone
 * all the same.
 */
int matcher_clear(struct medium *medium);

#endif /* FILTERD_MATCHER_H */
