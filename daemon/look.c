/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * look.c - see look.h
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "describe.h"
#include "escape.h"
#include "inventory.h"
#include "log.h"
#include "look.h"
#include "suggest.h"
#include "util.h"

struct look {
	struct task *task;
	struct stack stack;
	struct stack_options options;
	const char *only;		/* a personality; NULL: all */
	bool explain;
};

static int give_medium(void *arg, struct medium *medium)
{
	struct look *look = arg;
	struct json_object *object = describe_medium(medium);

	if (!object)
		return -ENOMEM;
	if (look->explain)
		json_object_object_add(object, "outcomes",
			describe_outcomes(medium, look->only));
	task_give(look->task, "media", object);
	return 0;
}

static int look_at(struct look *look, const char *source, struct failure *f)
{
	int r = stack_attach(&look->stack, source, f);

	if (r == 0)
		r = stack_match(&look->stack, f);
	if (r == 0)
		r = medium_each(stack_top(&look->stack), give_medium, look);
	(void)stack_detach(&look->stack, NULL);
	return r;
}

static int look_open(struct look *look, struct failure *f)
{
	int r = task_options(look->task, &look->options);

	return r < 0 ? r : stack_load(&look->stack, &look->options, f);
}

static void look_close(struct look *look)
{
	stack_close(&look->stack);
	task_options_clear(&look->options);
}

/* One source that fails keeps no other from being listed. */
static void list_source(struct look *look, const char *source)
{
	struct failure f = { 0 };
	int r = look_at(look, source, &f);

	if (r == 0)
		return;
	(void)failure_errno(&f, r, "cannot look at the source");
	task_give(look->task, "failures", describe_failure(&f));
}

/* Nobody asked for this very disk: that it cannot be read is no failure. */
static void list_disk(struct look *look, const char *disk)
{
	struct failure f = { 0 };

	if (look_at(look, disk, &f) < 0)
		log_info("%s", f.text);
}

static int list_disks(struct look *look)
{
	struct inventory inventory;
	int r = inventory_take(&inventory, false);

	for (size_t i = 0; r == 0 && i < inventory.n; i++)
		if (inventory.list[i].readable)
			list_disk(look, inventory.list[i].path);
	inventory_clear(&inventory);
	return r;
}

int look_list(struct task *task, struct failure *f)
{
	struct json_object *sources = NULL;
	struct look look = { .task = task };
	size_t n = 0;
	int r = look_open(&look, f);

	if (json_object_object_get_ex(task_parameters(task), "sources",
				      &sources) &&
	    json_object_is_type(sources, json_type_array))
		n = json_object_array_length(sources);
	for (size_t i = 0; r == 0 && i < n; i++)
		list_source(&look, or_empty(json_object_get_string(
			json_object_array_get_idx(sources, i))));
	if (r == 0 && n == 0)
		r = list_disks(&look);
	look_close(&look);
	return r;
}

/* The personality must be one: else nothing would be explained by silence. */
static int check_personality(const struct look *look, struct failure *f)
{
	const struct catalogue *catalogue = look->stack.catalogue;
	size_t n = catalogue_count(catalogue);
	_cleanup_free_ const char **names = calloc(n + 1, sizeof(*names));
	const char *guess;
	char safe[128];

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		names[i] = catalogue_at(catalogue, i)->name;
		if (streq(names[i], look->only))
			return 0;
	}
	guess = suggest(look->only, names, n);
	if (guess)
		failure_hint(f, "did you mean %s?", guess);
	failure_hint(f, "\"filterctl list-filters -v\" names them");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "there is no personality '%s'",
			   escape(look->only, safe, sizeof(safe)));
}

int look_explain(struct task *task, struct failure *f)
{
	struct json_object *parameters = task_parameters(task);
	const char *only = varlink_string(parameters, "personality");
	struct look look = { .task = task, .explain = true,
			     .only = *only ? only : NULL };
	int r = look_open(&look, f);

	if (r == 0 && look.only)
		r = check_personality(&look, f);
	if (r == 0)
		r = look_at(&look, varlink_string(parameters, "source"), f);
	look_close(&look);
	return r;
}
