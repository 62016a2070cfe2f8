/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stack.c - see stack.h
 */
#include <errno.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "job.h"
#include "log.h"
#include "partition.h"
#include "paths.h"
#include "stack.h"

static size_t list_count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

/* A directory that somebody named must be there: the usual ones need not. */
static int check_dirs(const char *const *dirs, struct failure *f)
{
	char safe[256];
	struct stat st;

	for (; dirs && *dirs; dirs++) {
		escape(*dirs, safe, sizeof(safe));
		if (stat(*dirs, &st) < 0)
			return failure_errno(f, -errno,
					     "cannot look into '%s'", safe);
		if (!S_ISDIR(st.st_mode))
			return failure_set(f, -ENOTDIR, EXIT_USAGE,
					   "'%s' is not a directory", safe);
	}
	return 0;
}

static void log_fault(void *arg, const struct ini_place *at,
		      const char *message)
{
	char file[256], text[512];

	(void)arg;
	log_warning("%s:%u:%u: %s", escape(at->file, file, sizeof(file)),
		    at->line, at->column,
		    escape(message, text, sizeof(text)));
}

const char **stack_personality_dirs(const char *const *own)
{
	const char *const *usual = paths_personalities();
	size_t n = list_count(own), n_usual = list_count(usual);
	const char **dirs = calloc(n + n_usual + 1, sizeof(*dirs));

	for (size_t i = 0; dirs && i < n; i++)
		dirs[i] = own[i];
	for (size_t i = 0; dirs && i < n_usual; i++)
		dirs[n + i] = usual[i];
	return dirs;
}

int stack_catalogue(const char *const *own, struct catalogue **ret,
		    struct failure *f)
{
	_cleanup_free_ const char **dirs = stack_personality_dirs(own);
	struct catalogue *catalogue = catalogue_new();
	int r = dirs && catalogue ? 0 : -ENOMEM;

	if (r == 0)
		r = catalogue_load(catalogue, dirs, log_fault, NULL);
	if (r < 0) {
		catalogue_unref(catalogue);
		return failure_errno(f, r, "cannot load personalities");
	}
	*ret = catalogue;
	return 0;
}

/* Dirs that were named are looked into before the usual one, in order. */
static int load_modules(struct stack *stack, struct failure *f)
{
	const char *const *own = stack->options.module_dirs;
	int r;

	stack->modules = modules_new();
	if (!stack->modules)
		return failure_errno(f, -ENOMEM, "cannot load filters");

	r = modules_add_dir(stack->modules, paths_modules());
	for (size_t i = list_count(own); r == 0 && i > 0; i--)
		r = modules_add_dir(stack->modules, own[i - 1]);
	if (r < 0)
		return failure_errno(f, r, "cannot load filters");
	return 0;
}

/* "KEY=VALUE" into @settings; @text is changed. */
static int add_setting(struct settings *settings, char *text,
		       struct failure *f)
{
	char *equals = strchr(text, '=');
	char safe[80];

	if (!equals || equals == text)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--filter takes NAME,KEY=VALUE, not '%s'",
				   escape(text, safe, sizeof(safe)));
	*equals = '\0';
	if (settings_set(settings, text, equals + 1) < 0)
		return failure_errno(f, -ENOMEM, "cannot take --filter");
	return 0;
}

static int fill_requested(struct personality *personality, char *text,
			  struct failure *f)
{
	char *rest = text, *word = strsep(&rest, ",");

	if (*word == '\0')
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--filter needs the name of a filter");
	personality->module = strdup(word);
	personality->name = strdup("--filter");
	personality->file = strdup("");
	personality->category = strdup("storage");
	if (!personality->module || !personality->name ||
	    !personality->file || !personality->category)
		return failure_errno(f, -ENOMEM, "cannot take --filter");

	while ((word = strsep(&rest, ",")) != NULL) {
		int r = add_setting(&personality->settings, word, f);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --filter is a personality for the one medium that SOURCE names, and beats
   all others there: the catalogue must be the stack's own. */
static int load_requested(struct stack *stack, struct failure *f)
{
	_cleanup_free_ char *text = NULL;
	struct personality *personality;
	int r;

	if (!stack->options.filter)
		return 0;

	text = strdup(stack->options.filter);
	personality = calloc(1, sizeof(*personality));
	if (!text || !personality) {
		free(personality);
		return failure_errno(f, -ENOMEM, "cannot take --filter");
	}
	personality->requested = true;
	personality->score = INT_MAX;
	r = fill_requested(personality, text, f);
	if (r < 0) {
		personality_free(personality);
		return r;
	}
	r = catalogue_add(stack->catalogue, personality);
	return r < 0 ? failure_errno(f, r, "cannot take --filter") : 0;
}

/* Else nobody would learn why the one that fits best does not stand there. */
static void log_passed_over(void *arg, struct medium *medium,
			    const struct outcome *failed)
{
	const struct log_about about =
		medium_about(medium, failed->personality->module);

	(void)arg;
	log_about(&about, LOG_LEVEL_WARNING, "%s: %s did not start: %s; %s %s",
		  medium->name, failed->personality->name, failed->why,
		  failed->next ? failed->next->name : "nothing",
		  failed->next ? "is tried next" : "is left to try");
}

static void set_matcher(struct stack *stack)
{
	const struct stack_options *options = &stack->options;

	stack->matcher.catalogue = stack->catalogue;
	stack->matcher.modules = stack->modules;
	stack->matcher.ask = options->ask;
	stack->matcher.start = options->start;
	/* Who only looks finds it in the record. */
	if (options->start)
		stack->matcher.passed_over = log_passed_over;
	stack->matcher.keep_going = options->keep_going;
}

int stack_load(struct stack *stack, const struct stack_options *options,
	       struct failure *f)
{
	int r;

	*stack = (struct stack){ .options = *options };
	r = check_dirs(options->personality_dirs, f);
	if (r == 0)
		r = check_dirs(options->module_dirs, f);
	if (r == 0)
		r = stack_catalogue(options->personality_dirs,
				    &stack->catalogue, f);
	if (r == 0)
		r = load_modules(stack, f);
	if (r == 0)
		r = load_requested(stack, f);
	if (r == 0)
		set_matcher(stack);
	return r;
}

int stack_share(struct stack *stack, const struct stack_options *options,
		struct catalogue *catalogue, struct modules *modules,
		struct failure *f)
{
	int r;

	*stack = (struct stack){ .options = *options, .modules = modules,
				 .shared = true };
	stack->catalogue = options->filter ? catalogue_copy(catalogue) :
					     catalogue_ref(catalogue);
	if (!stack->catalogue)
		return failure_errno(f, -ENOMEM, "cannot take --filter");
	r = load_requested(stack, f);
	if (r == 0)
		set_matcher(stack);
	return r;
}

int stack_renew(struct stack *stack, struct catalogue *catalogue)
{
	struct catalogue *old = stack->catalogue;
	int r;

	stack->catalogue = stack->options.filter ? catalogue_copy(catalogue) :
						   catalogue_ref(catalogue);
	r = stack->catalogue ? load_requested(stack, NULL) : -ENOMEM;
	if (r < 0) {
		catalogue_unref(stack->catalogue);
		stack->catalogue = old;
		return r;
	}
	if (stack->options.filter)
		(void)catalogue_adopt(stack->catalogue, old);
	stack->matcher.catalogue = stack->catalogue;
	catalogue_unref(old);
	return 0;
}

void stack_close(struct stack *stack)
{
	(void)stack_detach(stack, NULL);
	if (!stack->shared)
		modules_free(stack->modules);
	catalogue_unref(stack->catalogue);
	*stack = (struct stack){ 0 };
}

/* Whether the caller could write it, which looking does not try. */
static bool may_write(const struct source *source)
{
	int read_only = 0;

	if (source->block &&
	    (ioctl(source->scan_fd, BLKROGET, &read_only) < 0 || read_only))
		return false;
	return access(source->path, W_OK) == 0;
}

static int open_source(struct stack *stack, const char *spec,
		       struct failure *f)
{
	const struct stack_options *options = &stack->options;
	bool writable = options->start && options->writable;

	if (options->by_fd)
		return source_open_fd(options->source_fd, options->partition,
				      writable, options->sector,
				      &stack->source, f);
	return source_open(spec, writable, options->sector, &stack->source, f);
}

int stack_attach(struct stack *stack, const char *spec, struct failure *f)
{
	int r = open_source(stack, spec, f);

	if (r < 0)
		return r;

	stack->matcher.only = stack->source->partition;
	if (!stack->options.start) {
		/* What is listed is the medium, not how we look at it: the
		   descriptor cannot write in any case. */
		stack->source->root->store->medium.writable =
			may_write(stack->source);
		return 0;
	}

	r = source_claim(stack->source, f);
	if (r < 0) {
		source_close(stack->source);
		stack->source = NULL;
	}
	return r;
}

int stack_match(struct stack *stack, struct failure *f)
{
	char safe[256];
	int r;

	job_watch(stack->options.ask.cancelled);
	r = partition_identify(stack->source,
			       catalogue_names(stack->catalogue), f);
	if (r == 0)
		r = matcher_run(&stack->matcher, stack->source, f);
	if (r == 0 && !stack_top(stack)) {
		failure_hint(f, "filterctl list-media %s shows what there is",
			     escape(stack->source->path, safe, sizeof(safe)));
		return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
				   "'%s' has no partition %u", safe,
				   stack->source->partition);
	}
	return r;
}

int stack_detach(struct stack *stack, struct failure *f)
{
	char safe[256];
	int r;

	if (!stack->source)
		return 0;

	r = matcher_stop(stack->source->root);
	if (r < 0)
		(void)failure_errno(f, r,
				    "'%s': what was written last may be lost",
				    escape(stack->source->path, safe,
					   sizeof(safe)));
	source_close(stack->source);
	stack->source = NULL;
	return r;
}

static int lose(void *arg, struct medium *medium)
{
	(void)arg;
	if (medium->layer)
		layer_gone(medium->layer);
	return 0;
}

/* From the bottom up: nobody gets through to what is not there. */
void stack_lost(struct stack *stack)
{
	device_gone(stack->source->device);
	(void)medium_each(stack->source->root, lose, NULL);
}

struct medium *stack_top(const struct stack *stack)
{
	struct medium *root = stack->source->root;

	if (stack->source->partition == 0)
		return root;
	for (struct medium *child = root->children; child;
	     child = child->next)
		if (child->partition == stack->source->partition)
			return child;
	return NULL;
}

/* Collects volumes, or only counts them while there is no room. */
struct collection {
	bool block;
	struct medium **list;
	size_t n;
};

/* The partitions of a disk's own map; of maps inside them it knows few. */
static bool kernel_has(const struct medium *medium)
{
	return medium->depth == 0 &&
	       !(medium->parent && medium->parent->class == MEDIUM_PARTITION);
}

static int collect(void *arg, struct medium *medium)
{
	struct collection *collection = arg;

	if (!medium->held &&
	    (!medium_is_leaf(medium) || medium->error < 0 ||
	     medium_is_closed(medium) ||
	     (collection->block && kernel_has(medium))))
		return 0;
	if (collection->list)
		collection->list[collection->n] = medium;
	collection->n++;
	return 0;
}

int stack_volumes(const struct stack *stack, struct medium ***ret,
		  size_t *ret_n)
{
	struct collection collection = { .block = stack->source->block };
	struct medium *top = stack_top(stack);

	(void)medium_each(top, collect, &collection);
	collection.list = calloc(collection.n + 1, sizeof(*collection.list));
	if (!collection.list)
		return -ENOMEM;

	collection.n = 0;
	(void)medium_each(top, collect, &collection);
	*ret = collection.list;
	*ret_n = collection.n;
	return 0;
}
