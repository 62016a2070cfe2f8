/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * survey.c - see survey.h
 */
#include <errno.h>
#include <stdlib.h>

#include "describe.h"
#include "failure-json.h"
#include "inventory.h"
#include "log.h"
#include "survey.h"
#include "util.h"

struct survey {
	struct task *task;
	struct stack stack;
	struct stack_options options;
	const char *only;		/* a personality; NULL: all */
	bool explain;
};

static int give_medium(void *arg, struct medium *medium)
{
	struct survey *survey = arg;
	struct json_object *object = survey->explain ?
		describe_record(medium, survey->only) :
		describe_medium(medium);

	if (!object)
		return -ENOMEM;
	task_give(survey->task, "media", object);
	return 0;
}

/* Media that were matched, even if one of them cannot be opened: the record
   says why not, and to explain that is no failure. */
static int give_media(struct survey *survey, int error)
{
	struct medium *top = stack_top(&survey->stack);
	int r;

	if (!top || error == -ENOMEM || error == -ECANCELED)
		return error;
	r = medium_each(top, give_medium, survey);
	return r < 0 || survey->explain ? r : error;
}

static int survey_source(struct survey *survey, const char *source,
			 struct failure *f)
{
	int r = stack_attach(&survey->stack, source, f);

	if (r == 0) {
		r = stack_match(&survey->stack, f);
		r = give_media(survey, r);
	}
	(void)stack_detach(&survey->stack, NULL);
	return r;
}

static int survey_open(struct survey *survey, struct failure *f)
{
	int r = task_options(survey->task, &survey->options);

	return r < 0 ? r : stack_load(&survey->stack, &survey->options, f);
}

static void survey_close(struct survey *survey)
{
	stack_close(&survey->stack);
	task_options_clear(&survey->options);
}

/* One source that fails keeps no other from being listed. */
static void list_source(struct survey *survey, const char *source)
{
	struct failure f = { 0 };
	int r = survey_source(survey, source, &f);

	if (r == 0)
		return;
	(void)failure_errno(&f, r, "cannot look at the source");
	task_give(survey->task, "failures", failure_json_new(&f));
}

/* Nobody asked for this very disk: that it cannot be read is no failure. */
static void list_disk(struct survey *survey, const char *disk)
{
	struct failure f = { 0 };

	if (survey_source(survey, disk, &f) < 0)
		log_info("%s", f.text);
}

static int list_disks(struct survey *survey)
{
	struct inventory inventory;
	int r = inventory_take(&inventory, false);

	for (size_t i = 0; r == 0 && i < inventory.n; i++)
		if (inventory.list[i].readable)
			list_disk(survey, inventory.list[i].path);
	inventory_clear(&inventory);
	return r;
}

int survey_list(struct task *task, struct failure *f)
{
	struct json_object *sources = varlink_array(task_parameters(task),
						    "sources");
	struct survey survey = { .task = task };
	size_t n = varlink_count(sources);
	int r = survey_open(&survey, f);

	for (size_t i = 0; r == 0 && i < n; i++)
		list_source(&survey, or_empty(json_object_get_string(
			json_object_array_get_idx(sources, i))));
	if (r == 0 && n == 0)
		r = list_disks(&survey);
	survey_close(&survey);
	return r;
}

int survey_explain(struct task *task, struct failure *f)
{
	struct json_object *parameters = task_parameters(task);
	const char *only = varlink_string(parameters, "personality");
	struct survey survey = { .task = task, .explain = true,
				 .only = *only ? only : NULL };
	int r = survey_open(&survey, f);

	if (r == 0 && survey.only)
		r = catalogue_check(survey.stack.catalogue, survey.only, f);
	if (r == 0)
		r = survey_source(&survey, varlink_string(parameters, "source"),
				  f);
	survey_close(&survey);
	return r;
}
