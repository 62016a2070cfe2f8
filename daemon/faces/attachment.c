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
#include "findings.h"
#include "hotplug.h"
#include "job.h"
#include "log.h"
#include "mount-methods.h"
#include "parting.h"
#include "renewal.h"
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

static int publish(struct attachment *attachment)
{
	struct failure *f = &attachment->failure;
	int r = findings_check(&attachment->stack, f);

	return r < 0 ? r : volumes_publish(&attachment->volumes,
					   &attachment->stack,
					   attachment->place,
					   &attachment->export, f);
}

/* What could not be published will be when it is renewed again.  Who failed, or
   was called off, has withdrawn some that are wanted all the same. */
static void publish_again(struct attachment *attachment, int result)
{
	struct failure f = { .code = EXIT_OK };
	int r = !attachment->place ? 0 :
		volumes_renew(&attachment->volumes, &attachment->stack,
			      &attachment->export, &f);

	if (result == 0)
		result = r;
	if (result == 0 || attachment->interrupted)
		return;
	(void)failure_errno(&f, result, "'%s' cannot be matched once more",
			    attachment->source);
	log_warning("%s", f.text);
}

void attachment_republish(struct attachment *attachment)
{
	publish_again(attachment, 0);
}

/* Whoever was told that it is PUBLISHED may have begun something else, which
   comes here again. */
void attachment_go_on(struct attachment *attachment)
{
	bool ends = attachment->interrupted;

	if (attachment->state != ATTACHMENT_PUBLISHED)
		return;
	attachment->interrupted = false;
	__atomic_store_n(&attachment->cancelled, 0, __ATOMIC_RELAXED);
	if (attachment->lost)
		parting_lost(attachment);
	else if (ends)
		attachment->ending(attachment);
	else
		renew_if_due(attachment);
}

static void renewed(void *arg, int result)
{
	struct attachment *attachment = arg;

	attachment->state = ATTACHMENT_PUBLISHED;
	publish_again(attachment, result);
	if (attachment->hooks->renewed)
		attachment->hooks->renewed(attachment);
	attachment_go_on(attachment);
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

static bool is_pinned(const struct attachment *attachment)
{
	return attachment->pins > 0 || (attachment->kept > 0 &&
		attachment->state == ATTACHMENT_DETACHING);
}

void attachment_when_unpinned(struct attachment *attachment,
		       void (*begin)(struct attachment *attachment))
{
	if (!is_pinned(attachment))
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
		attachment_when_unpinned(attachment, begin_renewal);
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
	attachment_go_on(attachment);
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
	attachment_when_unpinned(attachment, begin_work);
	return 0;
}

int attachment_pin(struct attachment *attachment, struct failure *f)
{
	int r = check_published(attachment, f);

	if (r == 0)
		attachment->pins++;
	return r;
}

/* Nobody pins it any more, or fewer do. */
static void unpinned(struct attachment *attachment)
{
	void (*begin)(struct attachment *attachment) = attachment->unpinned;

	if (!begin || is_pinned(attachment))
		return;
	attachment->unpinned = NULL;
	begin(attachment);
}

void attachment_unpin(struct attachment *attachment)
{
	attachment->pins--;
	unpinned(attachment);
}

int attachment_keep(struct attachment *attachment, struct failure *f)
{
	int r = check_published(attachment, f);

	if (r == 0)
		attachment->kept++;
	return r;
}

void attachment_unkeep(struct attachment *attachment)
{
	attachment->kept--;
	unpinned(attachment);
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
		parting_fail(attachment, result);
		return;
	}
	attachment->state = ATTACHMENT_PUBLISHED;
	attachment->hooks->published(attachment);
	attachment_go_on(attachment);
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
		parting_fail(attachment, result);
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
	const struct export_owner *owner = attachment->export.owner;
	struct source *source = attachment->stack.source;
	struct failure *f = &attachment->failure;
	int r = place_open(attachment->dir, attachment->base, source->name,
			   &attachment->place, f);

	if (r == 0 && owner)
		r = place_lend(attachment->place, owner->uid, owner->gid);
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
		parting_fail(attachment, result);
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

void attachment_see(struct attachment *attachment,
		    const struct hotplug_event *event)
{
	if (event->what == HOTPLUG_MISSED || attachment->dev == 0 ||
	    attachment->dev != event->dev)
		return;
	if (event->what == HOTPLUG_GONE || event->size == 0)
		parting_lost(attachment);
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
