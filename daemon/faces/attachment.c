/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attachment.c - see attachment.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "alarm.h"
#include "attachment.h"
#include "badge.h"
#include "cleanup.h"
#include "escape.h"
#include "events.h"
#include "findings.h"
#include "hotplug.h"
#include "job.h"
#include "log.h"
#include "mount-methods.h"
#include "renewal.h"
#include "talk.h"
#include "util.h"

const char *attachment_state_word(enum attachment_state state)
{
	static const char *const words[] = {
		[ATTACHMENT_OPENING] = "opening",
		[ATTACHMENT_MATCHING] = "matching",
		[ATTACHMENT_PUBLISHED] = "published",
		[ATTACHMENT_RENEWING] = "renewing",
		[ATTACHMENT_LEAVING] = "leaving",
		[ATTACHMENT_DETACHING] = "detaching",
		[ATTACHMENT_ENDED] = "gone",
	};

	return words[state];
}

static void renew_if_due(struct attachment *attachment);
static void leave_lost(struct attachment *attachment);

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

/* Takes down what came up before @error, which the failure tells or will. */
static void fail(struct attachment *attachment, int error)
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

static int publish(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;
	int r = findings_check(&attachment->stack, f);

	return r < 0 ? r : volumes_publish(&attachment->volumes,
					   &attachment->stack,
					   attachment->place,
					   &attachment->export, f);
}

/* What could not be published will be when it is renewed again. */
static void publish_again(struct attachment *attachment, int result)
{
	struct failure f = { .code = EXIT_OK };

	if (result == 0 && attachment->place)
		result = volumes_renew(&attachment->volumes,
				       &attachment->stack,
				       &attachment->export, &f);
	if (result == 0)
		return;
	(void)failure_errno(&f, result, "'%s' cannot be matched once more",
			    attachment->source);
	log_warning("%s", f.text);
}

/* It is PUBLISHED: does what was asked for meanwhile. */
static void go_on(struct attachment *attachment)
{
	bool ends = attachment->interrupted;

	attachment->interrupted = false;
	__atomic_store_n(&attachment->cancelled, 0, __ATOMIC_RELAXED);
	if (attachment->lost)
		leave_lost(attachment);
	else if (ends)
		attachment->ending(attachment);
	else
		renew_if_due(attachment);
}

static void renewed(void *arg, int result)
{
	struct attachment *attachment = arg;

	attachment->state = ATTACHMENT_PUBLISHED;
	if (!attachment->interrupted)
		publish_again(attachment, result);
	if (attachment->hooks->renewed)
		attachment->hooks->renewed(attachment);
	go_on(attachment);
}

static int renew(void *arg)
{
	struct attachment *attachment = arg;

	job_watch(&attachment->cancelled);
	if (attachment->measuring)
		renewal_measure(attachment);
	if (!attachment->matching)
		return 0;
	return renewal_run(&attachment->stack.matcher,
			   attachment->stack.source, &attachment->volumes,
			   attachment->renewing_all);
}

/* Runs @begin as soon as nobody pins it; the state keeps new ones out. */
static void when_unpinned(struct attachment *attachment,
		       void (*begin)(struct attachment *attachment))
{
	if (attachment->pins == 0)
		begin(attachment);
	else
		attachment->unpinned = begin;
}

static void begin_renewal(struct attachment *attachment)
{
	int r = job_start(renew, renewed, attachment);

	if (r < 0)
		renewed(attachment, r);
}

static void renew_if_due(struct attachment *attachment)
{
	struct catalogue *coming = take_ptr(&attachment->coming);
	int r = 0;

	if (!coming && !attachment->measure)
		return;
	attachment->matching = coming != NULL;
	attachment->measuring = attachment->measure;
	attachment->measure = false;
	attachment->renewing_all = attachment->coming_all;
	attachment->coming_all = false;
	attachment->state = ATTACHMENT_RENEWING;
	if (coming)
		r = stack_renew(&attachment->stack, coming);
	catalogue_unref(coming);
	if (r == 0)
		when_unpinned(attachment, begin_renewal);
	else
		renewed(attachment, r);
}

void attachment_measure(struct attachment *attachment)
{
	attachment->measure = true;
	if (attachment->state == ATTACHMENT_PUBLISHED)
		renew_if_due(attachment);
}

static int run_work(void *arg)
{
	struct attachment *attachment = arg;

	return attachment->work.run(attachment->work.arg);
}

static void work_done(void *arg, int result)
{
	struct attachment *attachment = arg;

	attachment->state = ATTACHMENT_PUBLISHED;
	publish_again(attachment, 0);
	attachment->work.done(attachment->work.arg, result);
	go_on(attachment);
}

static void begin_work(struct attachment *attachment)
{
	int r = job_start(run_work, work_done, attachment);

	if (r < 0)
		work_done(attachment, r);
}

static int check_published(const struct attachment *attachment,
			   struct failure *f)
{
	char safe[256];

	if (attachment->state == ATTACHMENT_PUBLISHED)
		return 0;
	return failure_set(f, -EBUSY, EXIT_BUSY, "'%s' is %s",
			   escape(attachment->source, safe, sizeof(safe)),
			   attachment_state_word(attachment->state));
}

int attachment_work(struct attachment *attachment, int (*work)(void *arg),
		    void (*done)(void *arg, int result), void *arg,
		    struct failure *f)
{
	int r = check_published(attachment, f);

	if (r < 0)
		return r;
	attachment->work.run = work;
	attachment->work.done = done;
	attachment->work.arg = arg;
	attachment->state = ATTACHMENT_RENEWING;
	when_unpinned(attachment, begin_work);
	return 0;
}

int attachment_pin(struct attachment *attachment, struct failure *f)
{
	int r = check_published(attachment, f);

	if (r == 0)
		attachment->pins++;
	return r;
}

void attachment_unpin(struct attachment *attachment)
{
	void (*begin)(struct attachment *attachment) = attachment->unpinned;

	if (--attachment->pins > 0 || !begin)
		return;
	attachment->unpinned = NULL;
	begin(attachment);
}

/* Any thread: a filter asks to be refreshed. */
static void ring(void *arg)
{
	alarm_ring(((struct attachment *)arg)->alarm);
}

static void rung(void *arg)
{
	attachment_measure(arg);
}

void attachment_renew(struct attachment *attachment,
		      struct catalogue *catalogue, bool all)
{
	catalogue_ref(catalogue);
	catalogue_unref(attachment->coming);
	attachment->coming = catalogue;
	attachment->coming_all = attachment->coming_all || all;
	if (attachment->state == ATTACHMENT_PUBLISHED)
		renew_if_due(attachment);
}

static void come_up(void *arg, int result)
{
	struct attachment *attachment = arg;

	if (result < 0) {
		fail(attachment, result);
		return;
	}
	attachment->state = ATTACHMENT_PUBLISHED;
	attachment->hooks->published(attachment);
	go_on(attachment);
}

static void ignore_step(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

/* Nobody was told of the volumes yet: who has one open all the same loses it. */
static int put_loops(void *arg)
{
	struct attachment *attachment = arg;
	struct volumes *volumes = &attachment->volumes;
	int r = volumes_put_loops(volumes, &attachment->failure);

	if (r == 0)
		return 0;
	if (volumes_hide(volumes, NULL) == 0) {
		volumes_abort(volumes);
		(void)volumes_stop(volumes, ignore_step, NULL, NULL);
	}
	return r;
}

static void matched(void *arg, int result)
{
	struct attachment *attachment = arg;

	if (result == 0 && !attachment->interrupted)
		result = publish(attachment);
	if (result < 0 || attachment->interrupted)
		fail(attachment, result);
	else if (!attachment->loops ||
		 job_start(put_loops, come_up, attachment) < 0)
		come_up(attachment, 0);
}

static int match(void *arg)
{
	struct attachment *attachment = arg;

	return stack_match(&attachment->stack, &attachment->failure);
}

/* The source is called as its place: of two disk.img one is disk~2. */
static int take_place(struct attachment *attachment)
{
	struct source *source = attachment->stack.source;
	struct failure *f = &attachment->failure;
	int r = place_open(attachment->dir, attachment->base, source->name,
			   &attachment->place, f);

	if (r == 0 && !attachment->dir)
		r = source_rename(source, place_name(attachment->place));
	if (r == 0)
		(void)snprintf(attachment->name, sizeof(attachment->name),
			       "%s", source->name);
	return r < 0 ? failure_errno(f, r, "cannot name '%s'", source->name) :
		       0;
}

static int listen_there(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;
	int r = take_place(attachment);

	if (r < 0)
		return r;
	attachment->server = mount_methods_server(attachment);
	r = attachment->server ?
	    server_listen(attachment->server,
			  place_control(attachment->place)) : -ENOMEM;
	if (r < 0)
		return failure_errno(f, r, "cannot listen at '%s/.control'",
				     place_path(attachment->place));
	return 0;
}

static void opened(void *arg, int result)
{
	struct attachment *attachment = arg;

	if (result == 0 && attachment->stack.source->block) {
		attachment->dev = attachment->stack.source->dev;
		badge_show(attachment->dev);
		attachment->size =
			attachment->stack.source->root->store->medium.size;
	}
	if (result == 0 && !attachment->interrupted)
		result = listen_there(attachment);
	if (result == 0 && !attachment->interrupted) {
		attachment->state = ATTACHMENT_MATCHING;
		result = job_start(match, matched, attachment);
	}
	if (result < 0 || attachment->interrupted)
		fail(attachment, result);
}

static int open_source(void *arg)
{
	struct attachment *attachment = arg;

	return stack_attach(&attachment->stack, attachment->source,
			    &attachment->failure);
}

static void say(void *arg, struct medium *medium, int level,
		const char *text)
{
	struct attachment *attachment = arg;

	attachment->hooks->say(attachment, medium, level, text);
}

static int prepare(struct attachment *attachment)
{
	attachment->stack.options.ask.cancelled = &attachment->cancelled;
	attachment->stack.matcher.ask.cancelled = &attachment->cancelled;
	attachment->stack.matcher.say = say;
	attachment->stack.matcher.changed = ring;
	attachment->stack.matcher.arg = attachment;
	attachment->alarm = alarm_new(rung, attachment);
	return attachment->alarm ? 0 : -ENOMEM;
}

int attachment_rise(struct attachment *attachment)
{
	attachment->state = ATTACHMENT_PUBLISHED;
	return prepare(attachment);
}

int attachment_begin(struct attachment *attachment)
{
	int r = prepare(attachment);

	if (r == 0)
		r = job_start(open_source, opened, attachment);
	return r < 0 ? failure_errno(&attachment->failure, r,
				     "cannot begin to mount") : 0;
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
	attachment->hooks->refused(attachment);
	renew_if_due(attachment);
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
	when_unpinned(attachment, start_to_go_down);
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

void attachment_detach(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;

	if (is_busy(attachment)) {
		interrupt(attachment, attachment_detach);
		return;
	}
	if (attachment->state != ATTACHMENT_PUBLISHED)
		return;
	*f = (struct failure){ 0 };
	if (medium_each(attachment->stack.source->root, check_talks, f) < 0) {
		refuse(attachment);
		return;
	}
	attachment->state = ATTACHMENT_DETACHING;
	when_unpinned(attachment, start_to_detach);
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

void attachment_leave(struct attachment *attachment)
{
	if (is_busy(attachment)) {
		interrupt(attachment, attachment_leave);
	} else if (attachment->state == ATTACHMENT_PUBLISHED) {
		attachment->failure = (struct failure){ 0 };
		start_leaving(attachment);
	}
}

void attachment_abort(struct attachment *attachment)
{
	if (is_busy(attachment)) {
		interrupt(attachment, attachment_abort);
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

void attachment_lost(struct attachment *attachment)
{
	/* What is on its way down finds out by itself. */
	if (attachment->lost || attachment->state > ATTACHMENT_LEAVING)
		return;
	attachment->lost = true;
	switch (attachment->state) {
	case ATTACHMENT_OPENING:
	case ATTACHMENT_RENEWING:	/* a job has the tree */
		interrupt(attachment, attachment_leave);
		break;
	case ATTACHMENT_MATCHING:
		stack_lost(&attachment->stack);
		interrupt(attachment, attachment_leave);
		break;
	case ATTACHMENT_PUBLISHED:
		leave_lost(attachment);
		break;
	default:
		stack_lost(&attachment->stack);
	}
}

void attachment_see(struct attachment *attachment,
		    const struct hotplug_event *event)
{
	if (event->what == HOTPLUG_MISSED || attachment->dev == 0 ||
	    attachment->dev != event->dev)
		return;
	if (event->what == HOTPLUG_GONE || event->size == 0)
		attachment_lost(attachment);
	else if (event->size != attachment->size)
		attachment_measure(attachment);
	attachment->size = event->size;
}

void attachment_close(struct attachment *attachment)
{
	/* The socket lies in the place, and is the last that goes from it. */
	place_clear_links(attachment->place);
	server_free(attachment->server);
	place_close(attachment->place);
	stack_close(&attachment->stack);
	alarm_free(attachment->alarm);
	catalogue_unref(attachment->coming);
}
