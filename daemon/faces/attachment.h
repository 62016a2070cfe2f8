/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attachment.h - a source that is attached: its stack, its volumes, and how it
 * comes and goes
 *
 *	OPENING -> MATCHING -> PUBLISHED <-> DETACHING -> ENDED
 *			       PUBLISHED <-> RENEWING
 *			       PUBLISHED  -> LEAVING -> DETACHING
 *
 * What takes long runs in jobs, one at a time.  A detach that finds a volume
 * open goes back to PUBLISHED with nothing changed.  One that is LEAVING has no
 * names any more, and detaches when its last user has closed.  What fails on
 * its way up is taken down again, and then has ended.  "filterd mount" has one
 * of these, the service any number.  Main thread, but for what runs in the
 * jobs.
 */
#ifndef FILTERD_ATTACHMENT_H
#define FILTERD_ATTACHMENT_H

#include <limits.h>
#include <stdbool.h>

#include "server.h"
#include "stack.h"
#include "volumes.h"

enum attachment_state { ATTACHMENT_OPENING, ATTACHMENT_MATCHING,
			ATTACHMENT_PUBLISHED, ATTACHMENT_RENEWING,
			ATTACHMENT_LEAVING, ATTACHMENT_DETACHING,
			ATTACHMENT_ENDED };

struct attachment;
struct hotplug_event;

/* What becomes of it, told to its owner on the main thread. */
struct attachment_hooks {
	/* Its volumes are there.  Called once. */
	void (*published)(struct attachment *attachment);
	/* It was matched once more; may be NULL. */
	void (*renewed)(struct attachment *attachment);
	/* It is LEAVING: its names are gone, and whoever asked need not wait
	   for the rest; may be NULL. */
	void (*hidden)(struct attachment *attachment);
	/* This medium has another size; may be NULL. */
	void (*grew)(struct attachment *attachment, struct medium *medium);
	/* A detach was refused: it is PUBLISHED again, and failure says why. */
	void (*refused)(struct attachment *attachment);
	/* A request is stuck below, and failure says where: it stays DETACHING
	   until the process ends. */
	void (*stuck)(struct attachment *attachment);
	/* Last of all: failure has EXIT_OK, or what went wrong.  The owner
	   closes it, here or later. */
	void (*ended)(struct attachment *attachment);
	/* A step of a detach, for who waits: "flushing vault2.crypt". */
	void (*step)(struct attachment *attachment, const char *text);
	/* What a filter says to its user; on the job's thread. */
	void (*say)(struct attachment *attachment, struct medium *medium,
		    int level, const char *text);
};

/* Zeroed, then the first group is the owner's to set. */
struct attachment {
	const struct attachment_hooks *hooks;
	void *owner;
	const char *source;		/* as it was named */
	const char *dir;		/* of its volumes; NULL: by its name */
	const char *base;		/* where that is then: PLACE_MOUNT ... */
	struct export_options export;
	bool loops;			/* with a loop device on each volume */
	struct stack stack;		/* loaded or shared; its options say
					   how the source is opened */

	enum attachment_state state;
	char name[NAME_MAX + 1];	/* of the source, and that no other of
					   its base has; "": not yet */
	struct place *place;		/* NULL: not yet, or hidden */
	dev_t dev;			/* of a block device; 0: none, or not
					   opened yet */
	uint64_t size;			/* bytes that it was said to have */
	struct volumes volumes;
	struct server *server;		/* at its place: DIR/.control */
	struct server_call *waiting;	/* there, for the end of a detach */
	struct failure failure;
	volatile int cancelled;		/* atomic */
	bool interrupted;		/* ends as it comes up, or as soon as
					   it is renewed */
	struct catalogue *coming;	/* to be renewed with, or NULL */
	void (*ending)(struct attachment *);	/* how, then */
	bool lost;			/* its device has vanished */
	bool unheeded;			/* its users are not asked any more */
	bool waiting_for_users, aborting;	/* the jobs of LEAVING */
	bool coming_all, renewing_all, matching;
	bool measure, measuring;	/* is to be, is looked at again */
	struct alarm *alarm;		/* a filter asks for it */
	struct {
		int (*run)(void *arg);
		void (*done)(void *arg, int result);
		void *arg;
	} work;				/* attachment_work()'s */

	unsigned pins;			/* by jobs that use its layers */
	unsigned kept;			/* by who uses its media for long */
	void (*unpinned)(struct attachment *);	/* what waits for them */

	struct attachment *next;	/* the owner's */
};

/*
 * Begins to attach.  On error nothing has begun, and ended is not called:
 * said in the failure.
 */
int attachment_begin(struct attachment *attachment);

/* The same for one whose stack has its source already, and that has no place:
   it is PUBLISHED at once, and published() is not called.  0 or -ENOMEM. */
int attachment_rise(struct attachment *attachment);

/*
 * Matches it once more with @catalogue, of which it takes a reference, as soon
 * as it is PUBLISHED: what is due, or with @all whatever has not worked out.
 * renewed() follows, unless it ends before; once for several that wait.
 */
void attachment_renew(struct attachment *attachment,
		      struct catalogue *catalogue, bool all);

/* Looks again how large its source is, and lets what stands on it follow, as
   soon as it is PUBLISHED.  renewed() follows, unless it ends before. */
void attachment_measure(struct attachment *attachment);

/*
 * For a job of one's own that uses its layers, which stay while it is pinned:
 * what would change them waits.  0; or -EBUSY, not PUBLISHED, said in @f.
 */
int attachment_pin(struct attachment *attachment, struct failure *f);
void attachment_unpin(struct attachment *attachment);

/*
 * For who uses a medium for long: what stands there may change meanwhile, but
 * it is not detached; and where it leaves or is aborted, its end waits.  0; or
 * -EBUSY, not PUBLISHED, said in @f.
 */
int attachment_keep(struct attachment *attachment, struct failure *f);
void attachment_unkeep(struct attachment *attachment);

/*
 * Does @work(arg), which may change the tree, in a job while nothing else
 * happens to it; then publishes what has no file yet, and calls @done(arg, what
 * work returned).  0; or -EBUSY, not PUBLISHED, said in @f: nothing is called.
 */
int attachment_work(struct attachment *attachment, int (*work)(void *arg),
		    void (*done)(void *arg, int result), void *arg,
		    struct failure *f);

/* A device has changed, or is gone: if it is this one's, parting_lost(), or
   attachment_measure() if it has another size. */
void attachment_see(struct attachment *attachment,
		    const struct hotplug_event *event);

const char *attachment_state_word(enum attachment_state state);

/* Gives back the rest: place, socket, stack.  Of one that has ended, or never
   begun. */
void attachment_close(struct attachment *attachment);

/* For parting.c.  It is PUBLISHED again: does what was asked for meanwhile. */
void attachment_go_on(struct attachment *attachment);

/* Publishes what has lost its file to a detach that was refused. */
void attachment_republish(struct attachment *attachment);

/* Runs @begin as soon as nobody pins it; its state keeps new ones out. */
void attachment_when_unpinned(struct attachment *attachment,
			      void (*begin)(struct attachment *attachment));

#endif /* FILTERD_ATTACHMENT_H */
