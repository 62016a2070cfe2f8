/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parting.c - see parting.h
 */
#include <errno.h>
#include <stdio.h>

#include "badge.h"
#include "cleanup.h"
#include "escape.h"
#include "events.h"
#include "job.h"
#include "parting.h"
#include "talk.h"
#include "util.h"

static void end(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_ENDED;
	if (attachment->dev != 0)
		badge_hide(attachment->dev);
	attachment->hooks->ended(attachment);
}

static int close_source(void *arg)
{
	struct attachment *attachment = arg;

	return stack_detach(&attachment->stack, NULL);
}

static void source_closed(void *arg, int result)
{
	(void)result;		/* why it failed before is what counts */
	end(arg);
}

/* Said before what follows from it; what nobody could write is not lost. */
static void say_lost(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;
	char path[256];

	*f = (struct failure){ 0 };
	(void)failure_set(f, -ENODEV, EXIT_FAILED, "%s has vanished%s",
			  escape(attachment->source, path, sizeof(path)),
			  attachment->stack.options.writable &&
			  attachment->state > ATTACHMENT_MATCHING ?
			  ": what was written last may be lost" : "");
}

void parting_fail(struct attachment *attachment, int error)
{
	struct failure *f = &attachment->failure;

	if (attachment->lost) {
		say_lost(attachment);
	} else if (attachment->interrupted) {
		*f = (struct failure){ 0 };
		(void)failure_set(f, -ECANCELED, EXIT_INTERRUPTED,
				  "interrupted");
	} else {
		(void)failure_errno(f, error, "cannot mount");
	}
	attachment->state = ATTACHMENT_DETACHING;
	if (job_start(close_source, source_closed, attachment) < 0)
		source_closed(attachment, close_source(attachment));
}

/* A line of progress, from the job to the main thread. */
struct step {
	struct attachment *attachment;
	const char *name;
};

static void tell_step(void *arg)
{
	const struct step *step = arg;
	char text[300];

	(void)snprintf(text, sizeof(text), "flushing %s", step->name);
	step->attachment->hooks->step(step->attachment, text);
}

static void say_flushing(void *arg, const char *name)
{
	struct step step = { .attachment = arg, .name = name };

	events_call(tell_step, &step);
}

/* On a job thread: a slow disk must not keep others from asking. */
static int take_down(void *arg)
{
	struct attachment *attachment = arg;
	struct failure *f = &attachment->failure;
	int r, error;

	/* All or nothing, as far as one can tell. */
	r = attachment->unheeded ? 0 : volumes_busy(&attachment->volumes, f);
	if (r == 0)
		r = volumes_stop(&attachment->volumes, say_flushing,
				 attachment, f);
	if (r == -EBUSY || r == -ETIMEDOUT)
		return r;
	error = stack_detach(&attachment->stack, f);
	return r < 0 ? r : error;
}

static void refuse(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_PUBLISHED;
	attachment_republish(attachment);
	attachment->hooks->refused(attachment);
	attachment_go_on(attachment);
}

static void taken_down(void *arg, int result)
{
	struct attachment *attachment = arg;

	if (result == -EBUSY)
		refuse(attachment);
	else if (result == -ETIMEDOUT)
		attachment->hooks->stuck(attachment);
	else
		end(attachment);
}

static bool is_busy(const struct attachment *attachment)
{
	return attachment->state < ATTACHMENT_PUBLISHED ||
	       attachment->state == ATTACHMENT_RENEWING;
}

/* What is coming up ends; what is being renewed ends then, by @ending. */
static void interrupt(struct attachment *attachment,
		      void (*ending)(struct attachment *attachment))
{
	attachment->interrupted = true;
	attachment->ending = ending;
	__atomic_store_n(&attachment->cancelled, 1, __ATOMIC_RELAXED);
}

/* Without memory for a job what is left is to do its work here: there is
   nobody to go back to. */
static void start_to_go_down(struct attachment *attachment)
{
	if (job_start(take_down, taken_down, attachment) < 0)
		taken_down(attachment, take_down(attachment));
}

static void go_down(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_DETACHING;
	attachment_when_unpinned(attachment, start_to_go_down);
}

static void start_to_detach(struct attachment *attachment)
{
	int r = job_start(take_down, taken_down, attachment);

	if (r == 0)
		return;
	(void)failure_errno(&attachment->failure, r, "cannot detach");
	refuse(attachment);
}

static int check_talks(void *arg, struct medium *medium)
{
	return medium->layer ? talk_check_none(medium->layer, arg) : 0;
}

/* Those whom no volume of ours knows of. */
static int check_idle(const struct attachment *attachment, struct failure *f)
{
	char safe[256];

	if (attachment->kept > 0)
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "'%s': somebody has a medium of it open",
				   escape(attachment->source, safe,
					  sizeof(safe)));
	return medium_each(attachment->stack.source->root, check_talks, f);
}

void parting_detach(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;

	if (is_busy(attachment)) {
		interrupt(attachment, parting_detach);
		return;
	}
	if (attachment->state != ATTACHMENT_PUBLISHED)
		return;
	*f = (struct failure){ 0 };
	if (check_idle(attachment, f) < 0) {
		refuse(attachment);
		return;
	}
	attachment->state = ATTACHMENT_DETACHING;
	attachment_when_unpinned(attachment, start_to_detach);
}

/* The place is free for the next disk of that name.  The socket lives on for
   who is connected. */
static void hide(void *arg)
{
	struct attachment *attachment = arg;

	place_close(take_ptr(&attachment->place));
	if (attachment->hooks->hidden)
		attachment->hooks->hidden(attachment);
}

static int wait_for_users(void *arg)
{
	struct attachment *attachment = arg;
	int r = volumes_hide(&attachment->volumes, &attachment->failure);

	if (r < 0)
		return r;
	events_call(hide, attachment);
	volumes_wait(&attachment->volumes);
	return 0;
}

static int abort_volumes(void *arg)
{
	struct attachment *attachment = arg;

	volumes_abort(&attachment->volumes);
	return 0;
}

/* A job of LEAVING is done.  Those that wait and abort may run at one time. */
static void settle(struct attachment *attachment)
{
	if (!attachment->waiting_for_users && !attachment->aborting)
		go_down(attachment);
}

static void aborted(void *arg, int result)
{
	struct attachment *attachment = arg;

	(void)result;
	attachment->aborting = false;
	settle(attachment);
}

static void start_abort(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_LEAVING;
	attachment->unheeded = true;
	attachment->aborting = true;
	if (job_start(abort_volumes, aborted, attachment) < 0)
		aborted(attachment, abort_volumes(attachment));
}

static void waited(void *arg, int result)
{
	struct attachment *attachment = arg;

	attachment->waiting_for_users = false;
	if (result < 0 && !attachment->aborting) {
		/* They could not even be hidden. */
		if (attachment->lost)
			start_abort(attachment);
		else
			refuse(attachment);
		return;
	}
	attachment->unheeded = true;
	settle(attachment);
}

static void start_leaving(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_LEAVING;
	attachment->waiting_for_users = true;
	if (job_start(wait_for_users, waited, attachment) < 0)
		waited(attachment, failure_errno(&attachment->failure,
						 -ENOMEM, "cannot detach"));
}

void parting_leave(struct attachment *attachment)
{
	if (is_busy(attachment)) {
		interrupt(attachment, parting_leave);
	} else if (attachment->state == ATTACHMENT_PUBLISHED) {
		attachment->failure = (struct failure){ 0 };
		start_leaving(attachment);
	}
}

void parting_abort(struct attachment *attachment)
{
	if (is_busy(attachment)) {
		interrupt(attachment, parting_abort);
		return;
	}
	if (attachment->state > ATTACHMENT_LEAVING || attachment->aborting)
		return;
	if (attachment->state == ATTACHMENT_PUBLISHED)
		attachment->failure = (struct failure){ 0 };
	start_abort(attachment);
}

static void leave_lost(struct attachment *attachment)
{
	stack_lost(&attachment->stack);
	say_lost(attachment);
	start_leaving(attachment);
}

void parting_lost(struct attachment *attachment)
{
	/* What was renewed when it happened comes here once more. */
	if (attachment->lost && attachment->state != ATTACHMENT_PUBLISHED)
		return;
	/* What is on its way down finds out by itself; what must stay after
	   all comes here again. */
	if (attachment->state > ATTACHMENT_LEAVING) {
		interrupt(attachment, parting_lost);
		return;
	}
	attachment->lost = true;
	switch (attachment->state) {
	case ATTACHMENT_OPENING:
	case ATTACHMENT_RENEWING:	/* a job has the tree */
		interrupt(attachment, parting_leave);
		break;
	case ATTACHMENT_MATCHING:
		stack_lost(&attachment->stack);
		interrupt(attachment, parting_leave);
		break;
	case ATTACHMENT_PUBLISHED:
		leave_lost(attachment);
		break;
	default:
		stack_lost(&attachment->stack);
	}
}
