/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.c - the verb mount: one source, its own process, in the foreground
 *
 * Start order: options, background, signals, personalities and modules, then
 * the attachment: the source and its claim, the place and its socket, matching,
 * the volumes.  The stop order is the reverse.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "advice.h"
#include "attachment.h"
#include "background.h"
#include "badge.h"
#include "drawing.h"
#include "escape.h"
#include "events.h"
#include "failure-json.h"
#include "hotplug.h"
#include "log.h"
#include "mount-methods.h"
#include "mount-options.h"
#include "mount.h"
#include "offers.h"
#include "parse.h"
#include "parting.h"
#include "util.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

/* The whole verb: what was asked, and what is. */
struct mount {
	struct mount_options options;
	struct attachment attachment;
	int background;			/* to tell the parent, or -1 */
	struct hotplug *hotplug;	/* NULL: its disk may vanish unseen */
};

static void print_failure(const struct mount *mount)
{
	failure_json_print(&mount->attachment.failure, "filterd",
			   mount->options.json);
}

static int print_published(const struct mount *mount)
{
	const struct attachment *attachment = &mount->attachment;
	const struct medium *const *media =
		(const struct medium *const *)attachment->volumes.media;
	struct json_object *object;
	char word[1024], dir[1024];
	int r;

	if (mount->options.json) {
		object = mount_methods_describe(attachment);
		printf("%s\n", json_object_to_json_string_ext(object,
				JSON_C_TO_STRING_PRETTY |
				JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
		return fflush(stdout) == 0 ? 0 : -errno;
	}
	r = drawing_tree(stdout, &attachment->stack);
	if (r < 0)
		return r;
	drawing_volumes(stdout, media);
	advice_print(stdout, stack_top(&attachment->stack));
	drawing_next(stdout, media);
	escape_word(place_path(attachment->place), word, sizeof(word));
	escape(word, dir, sizeof(dir));
	if (mount->background >= 0)
		printf("\nto detach: filterd umount %s\n", dir);
	else
		printf("\npress Ctrl-C to detach (or filterd umount %s)\n",
		       dir);
	return fflush(stdout) == 0 ? 0 : -errno;
}

static void published(struct attachment *attachment)
{
	const struct mount *mount = attachment->owner;

	/* Nobody reads what we found: the volumes are there all the same. */
	if (print_published(mount) < 0)
		log_warning("cannot write to standard output");
	if (mount->background >= 0)
		background_ready(mount->background);
}

/* Who asked over the socket prints it: else it would stand there twice. */
static void refused(struct attachment *attachment)
{
	if (!attachment->waiting) {
		failure_print(&attachment->failure, "filterd");
		log_info("still mounted, nothing was changed; end it again "
			 "when it is closed");
	}
	mount_methods_answer(attachment, true);
}

/* Who asked for that may go. */
static void hidden(struct attachment *attachment)
{
	if (!attachment->lost)
		log_info("its volumes have no names any more, and are released "
			 "when they are closed");
	else
		failure_print(&attachment->failure, "filterd");
	mount_methods_answer(attachment, false);
}

/* A thread that the disk holds can neither be ended nor waited for: the kernel
   ends it when the disk lets go. */
static void stuck(struct attachment *attachment)
{
	failure_print(&attachment->failure, "filterd");
	mount_methods_answer(attachment, true);
	place_clear_links(attachment->place);
	server_free(attachment->server);
	place_close(attachment->place);
	if (attachment->dev != 0)
		badge_hide(attachment->dev);
	_exit((int)attachment->failure.code);
}

static void ended(struct attachment *attachment)
{
	const struct mount *mount = attachment->owner;
	const char *where = attachment->place ?
		place_path(attachment->place) : attachment->source;
	char safe[300];

	if (attachment->failure.code != EXIT_OK)
		print_failure(mount);
	else if (!attachment->waiting)
		log_info("detached from '%s'",
			 escape(where, safe, sizeof(safe)));
	mount_methods_answer(attachment, false);
	events_exit((int)attachment->failure.code);
}

static void step(struct attachment *attachment, const char *text)
{
	if (!mount_methods_step(attachment, text))
		log_info("%s", text);
}

static void grew(struct attachment *attachment, struct medium *medium)
{
	char size[FORMAT_SIZE_LEN];

	(void)attachment;
	log_info("%s has %s now", medium->name,
		 format_size(medium->store->medium.size, size));
}

static void say(struct attachment *attachment, struct medium *medium,
		int level, const char *text)
{
	const struct mount *mount = attachment->owner;
	char safe[512];

	escape(text, safe, sizeof(safe));
	if (level == FILTER_WARNING)
		log_warning("%s: %s", medium->name, safe);
	else if (level == FILTER_INFO || mount->options.verbose)
		log_info("%s: %s", medium->name, safe);
}

static const struct attachment_hooks hooks = {
	.published = published, .hidden = hidden, .refused = refused,
	.grew = grew, .stuck = stuck,
	.ended = ended, .step = step, .say = say,
};

static void on_signal(void *arg, int number)
{
	struct mount *mount = arg;

	(void)number;
	if (mount->attachment.state == ATTACHMENT_DETACHING)
		log_info("still detaching: a flush takes as long as the disk "
			 "takes");
	/* There are no names left under which it could be asked for. */
	if (mount->attachment.state == ATTACHMENT_LEAVING)
		parting_abort(&mount->attachment);
	else
		parting_detach(&mount->attachment);
}

static void on_device(void *arg, const struct hotplug_event *event)
{
	struct mount *mount = arg;

	attachment_see(&mount->attachment, event);
}

static int prepare(struct mount *mount, struct failure *f)
{
	struct attachment *attachment = &mount->attachment;
	struct stack_options options = mount_options_stack(&mount->options);
	int r;

	attachment->hooks = &hooks;
	attachment->owner = mount;
	attachment->source = mount->options.source;
	attachment->dir = mount->options.dir;
	attachment->base = PLACE_MOUNT;
	attachment->export = mount->options.export;
	attachment->loops = mount->options.loop;
	r = stack_load(&attachment->stack, &options, f);
	return r < 0 ? r : attachment_begin(attachment);
}

/* All threads that come later inherit the mask and the flag: what serves a
   disk must not wait for that disk to be written back. */
static int begin(struct mount *mount, struct failure *f)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	int r;

	(void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	r = events_init();
	for (size_t i = 0; i < ARRAY_SIZE(signals) && r == 0; i++)
		r = events_signal(signals[i], on_signal, mount);
	if (r == 0 && hotplug_open(on_device, mount, &mount->hotplug) < 0)
		log_debug("nobody tells when a disk vanishes");
	return r < 0 ? failure_errno(f, r, "cannot start the loop") : 0;
}

static int run(struct mount *mount)
{
	struct failure *f = &mount->attachment.failure;
	int r;

	if (mount->options.background) {
		mount->background = background_enter(f);
		if (mount->background < 0)
			return (int)f->code;
	}
	r = begin(mount, f);
	if (r == 0)
		r = prepare(mount, f);
	if (r < 0)
		print_failure(mount);
	r = r < 0 ? (int)f->code : events_run();
	attachment_close(&mount->attachment);
	hotplug_close(mount->hotplug);
	events_fini();
	return r < 0 ? EXIT_FAILED : r;
}

int mount_verb(int argc, char **argv)
{
	struct mount mount = { .background = -1 };
	struct failure *f = &mount.attachment.failure;
	int r = mount_options_parse(&mount.options, argc, argv, f);

	if (r < 0) {
		print_failure(&mount);
		r = (int)f->code;
	} else if (r > 0) {
		r = EXIT_OK;
	} else {
		if (mount.options.verbose)
			log_set_level(LOG_LEVEL_DEBUG);
		if (mount.options.source)
			r = run(&mount);
		else
			r = offers_print(mount.options.json);
	}
	mount_options_clear(&mount.options);
	return r;
}
