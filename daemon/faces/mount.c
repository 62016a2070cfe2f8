/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.c - the verb mount: one source, its own process, in the foreground
 *
 * Start order: options, background, signals, personalities and modules, the
 * source and its claim, the place, the control socket, matching (a job), the
 * volumes.  The stop order is the reverse.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "advice.h"
#include "background.h"
#include "cleanup.h"
#include "describe.h"
#include "drawing.h"
#include "escape.h"
#include "events.h"
#include "failure-json.h"
#include "helper.h"
#include "job.h"
#include "log.h"
#include "mount-options.h"
#include "mount.h"
#include "mounted.h"
#include "offers.h"
#include "util.h"
#include "wording.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

/* The whole verb: what was asked, what is, and what the job found. */
struct mount {
	struct mount_options options;
	struct mounted mounted;
	struct failure failure;
	int background;			/* to tell the parent, or -1 */
};

static void print_failure(const struct mount *mount)
{
	failure_json_print(&mount->failure, "filterd",
			   mount->options.json);
}

static int print_published(const struct mount *mount)
{
	const struct mounted *mounted = &mount->mounted;
	const struct medium *const *media =
		(const struct medium *const *)mounted->volumes.media;
	struct json_object *object;
	char word[1024], dir[1024];
	int r;

	if (mount->options.json) {
		object = mounted_describe(mounted);
		printf("%s\n", json_object_to_json_string_ext(object,
				JSON_C_TO_STRING_PRETTY |
				JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
		return fflush(stdout) == 0 ? 0 : -errno;
	}
	r = drawing_tree(stdout, &mounted->stack);
	if (r < 0)
		return r;
	drawing_volumes(stdout, media);
	advice_print(stdout, stack_top(&mounted->stack));
	drawing_next(stdout, media);
	escape_word(place_path(mounted->place), word, sizeof(word));
	escape(word, dir, sizeof(dir));
	if (mount->background >= 0)
		printf("\nto detach: filterd umount %s\n", dir);
	else
		printf("\npress Ctrl-C to detach (or filterd umount %s)\n",
		       dir);
	return fflush(stdout) == 0 ? 0 : -errno;
}

static int find_closed(void *arg, struct medium *medium)
{
	struct medium **closed = arg;

	*closed = medium;
	return medium->error < 0;
}

/* There is no volume, or only the disk itself as it is: why? */
static int say_nothing(const struct stack *stack, struct failure *f)
{
	struct medium *top = stack_top(stack), *closed = NULL;
	const char *type = top->signature.type;
	char path[256], text[2 * WORDING_LEN];

	escape(stack->source->path, path, sizeof(path));
	if (medium_each(top, find_closed, &closed) > 0)
		return failure_set(f, closed->error,
				   failure_code(closed->error),
				   "nothing on '%s' could be opened: %s", path,
				   wording_fate(closed, text, sizeof(text)));
	if (type[0] && !top->matched)
		failure_hint(f, "it holds %s as it is: mount it without "
			     "filterd, or name a filter with --filter",
			     escape(type, text, sizeof(text)));
	failure_hint(f, "see why with \"filterctl explain %s\", or name a "
		     "filter with --filter", path);
	return failure_set(f, -ENODEV, EXIT_NO_MATCH,
			   "nothing on '%s' matches a filter", path);
}

/* On a disk without a map and without a filter there is nothing for us. */
static int check_found(const struct stack *stack, struct failure *f)
{
	const struct medium *top = stack_top(stack);
	_cleanup_free_ struct medium **media = NULL;
	size_t n;
	int r = stack_volumes(stack, &media, &n);

	if (r < 0)
		return failure_errno(f, r, "cannot publish volumes");
	r = advice_refuse(stack, media, n, f);
	if (r < 0)
		return r;
	if (n > 0 && (top->matched || top != stack->source->root))
		return 0;
	return say_nothing(stack, f);
}

static int publish(struct mount *mount, struct failure *f)
{
	struct mounted *mounted = &mount->mounted;
	int r = check_found(&mounted->stack, f);

	if (r < 0)
		return r;
	r = volumes_publish(&mounted->volumes, &mounted->stack,
			    mounted->place, &mount->options.export, f);
	if (r < 0)
		return r;

	/* Nobody reads what we found: the volumes are there all the same. */
	if (print_published(mount) < 0)
		log_warning("cannot write to standard output");
	mounted->state = MOUNTED_PUBLISHED;
	if (mount->background >= 0)
		background_ready(mount->background);
	return 0;
}

static int match(void *arg)
{
	struct mount *mount = arg;

	return stack_match(&mount->mounted.stack, &mount->failure);
}

static void matched(void *arg, int result)
{
	struct mount *mount = arg;

	if (helper_cancelled)
		(void)failure_set(&mount->failure, -ECANCELED,
				  EXIT_INTERRUPTED, "interrupted");
	else if (result == 0)
		result = publish(mount, &mount->failure);
	if (result == 0 && !helper_cancelled)
		return;

	if (mount->failure.code == EXIT_OK)
		(void)failure_errno(&mount->failure, result, "cannot mount");
	print_failure(mount);
	events_exit((int)mount->failure.code);
}

static void on_signal(void *arg, int number)
{
	struct mount *mount = arg;

	(void)number;
	mounted_detach(&mount->mounted);
}

static void say(void *arg, struct medium *medium, int level,
		const char *text)
{
	const struct mount *mount = arg;
	char safe[512];

	escape(text, safe, sizeof(safe));
	if (level == FILTER_WARNING)
		log_warning("%s: %s", medium->name, safe);
	else if (level == FILTER_INFO || mount->options.verbose)
		log_info("%s: %s", medium->name, safe);
}

static int prepare(struct mount *mount, struct failure *f)
{
	struct mounted *mounted = &mount->mounted;
	struct stack *stack = &mounted->stack;
	struct stack_options options = mount_options_stack(&mount->options);
	int r;

	r = stack_load(stack, &options, f);
	if (r == 0)
		r = stack_attach(stack, mount->options.source, f);
	if (r == 0)
		r = place_open(mount->options.dir, stack->source->name,
			       &mounted->place, f);
	if (r == 0)
		r = mounted_listen(mounted, f);
	if (r < 0)
		return r;

	stack->matcher.say = say;
	stack->matcher.arg = mount;
	r = job_start(match, matched, mount);
	return r < 0 ? failure_errno(f, r, "cannot start matching") : 0;
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
	return r < 0 ? failure_errno(f, r, "cannot start the loop") : 0;
}

static int run(struct mount *mount)
{
	int r;

	if (mount->options.background) {
		mount->background = background_enter(&mount->failure);
		if (mount->background < 0)
			return (int)mount->failure.code;
	}
	r = begin(mount, &mount->failure);
	if (r == 0)
		r = prepare(mount, &mount->failure);
	if (r < 0)
		print_failure(mount);
	r = r < 0 ? (int)mount->failure.code : events_run();
	mounted_close(&mount->mounted);
	events_fini();
	return r < 0 ? EXIT_FAILED : r;
}

int mount_verb(int argc, char **argv)
{
	struct mount mount = { .background = -1 };
	int r = mount_options_parse(&mount.options, argc, argv,
				    &mount.failure);

	if (r < 0) {
		print_failure(&mount);
		r = (int)mount.failure.code;
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
