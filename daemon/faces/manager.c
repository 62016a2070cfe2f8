/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.c - see manager.h
 *
 * Each method is a task: its work runs on a job thread, with a stack of its
 * own that is closed when the method is answered.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkup.h"
#include "cleanup.h"
#include "escape.h"
#include "image.h"
#include "survey.h"
#include "manager.h"
#include "parse.h"
#include "review.h"
#include "roster.h"
#include "task.h"
#include "transfer.h"
#include "util.h"

static void give_filter(void *task, struct json_object *filter)
{
	task_give(task, "filters", filter);
}

static int give_filters(struct task *task, struct stack *stack,
			struct failure *f)
{
	(void)f;
	roster_each(stack, give_filter, task);
	return 0;
}

static void give_finding(void *task, struct json_object *finding)
{
	task_give(task, "findings", finding);
}

static int look_at_all(struct task *task, struct stack *stack,
		       struct failure *f)
{
	const struct checkup checkup = { stack, give_finding, task };

	(void)f;
	checkup_run(&checkup);
	return 0;
}

static void give_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	static const char warning[] = "warning: ";
	struct json_object *object = json_object_new_object();
	bool fault = strncmp(message, warning, sizeof(warning) - 1) != 0;
	char safe[ESCAPE_LEN(400)];

	json_object_object_add(object, "file", json_object_new_string(
		escape(at->file, safe, sizeof(safe))));
	json_object_object_add(object, "line",
			       json_object_new_int((int)at->line));
	json_object_object_add(object, "column",
			       json_object_new_int((int)at->column));
	json_object_object_add(object, "error",
			       json_object_new_boolean(fault));
	json_object_object_add(object, "message", json_object_new_string(
		escape(message, safe, sizeof(safe))));
	task_give(arg, "faults", object);
}

/* A faulty file is an answer, not an error. */
static int verify_files(struct task *task, struct stack *stack,
			struct failure *f)
{
	struct json_object *files = varlink_array(task_parameters(task),
						  "files");
	size_t n = varlink_count(files);
	int r = 0;

	for (size_t i = 0; i < n && (r == 0 || r == -EBADMSG); i++) {
		struct json_object *file = json_object_array_get_idx(files, i);

		r = review_file(or_empty(json_object_get_string(file)),
				stack->modules, give_fault, task, f);
	}
	return r == -EBADMSG ? 0 : r;
}

/* Does @work on what the task's options load, without a source. */
static int with_stack(struct task *task,
		      int (*work)(struct task *task, struct stack *stack,
				  struct failure *f), struct failure *f)
{
	struct stack_options options;
	struct stack stack = { 0 };
	int r = task_options(task, &options);

	if (r == 0)
		r = stack_load(&stack, &options, f);
	if (r == 0)
		r = work(task, &stack, f);
	stack_close(&stack);
	task_options_clear(&options);
	return r;
}

static int list_filters(struct task *task, struct failure *f)
{
	return with_stack(task, give_filters, f);
}

static int doctor(struct task *task, struct failure *f)
{
	return with_stack(task, look_at_all, f);
}

static int verify(struct task *task, struct failure *f)
{
	return with_stack(task, verify_files, f);
}

static int read_part(struct json_object *object, struct write_part *part,
		     struct failure *f)
{
	const char *size = varlink_string(object, "size");
	const char *name = varlink_string(object, "name");
	char safe[64];

	part->type = varlink_string(object, "type");
	part->name = *name ? name : NULL;
	if (streq(size, "rest"))
		return 0;
	if (parse_size(size, &part->size) == 0 && part->size > 0)
		return 0;
	return failure_set(f, -EINVAL, EXIT_USAGE,
			   "'%s' is no size: 64M, 2GiB, or rest",
			   escape(size, safe, sizeof(safe)));
}

static int read_parts(struct json_object *parameters,
		      struct write_part **ret, size_t *ret_n,
		      struct failure *f)
{
	struct json_object *array = varlink_array(parameters, "partitions");
	struct write_part *parts;
	size_t n = varlink_count(array);
	int r = 0;

	parts = calloc(n + 1, sizeof(*parts));
	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_part(json_object_array_get_idx(array, i), &parts[i],
			      f);
	*ret = parts;
	*ret_n = n;
	return r;
}

static int create_image(struct task *task, struct failure *f)
{
	struct json_object *parameters = task_parameters(task);
	_cleanup_free_ struct write_part *parts = NULL;
	struct image image = {
		.path = varlink_string(parameters, "path"),
		.size = varlink_number(parameters, "size"),
		.sector = (uint32_t)varlink_number(parameters, "sector"),
		.scheme = varlink_string(parameters, "scheme"),
		.dry_run = varlink_bool(parameters, "dry_run"),
	};
	int r = read_parts(parameters, &parts, &image.n_parts, f);

	image.parts = parts;
	if (image.sector == 0)
		image.sector = 512;
	return r < 0 ? r : image_create(&image, f);
}

static void call_list_filters(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, list_filters);
}

static void call_list_media(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, survey_list);
}

static void call_explain(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, survey_explain);
}

static void call_doctor(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, doctor);
}

static void call_verify(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, verify);
}

static void call_copy(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, transfer);
}

static void call_create_image(struct server_call *call, void *arg)
{
	(void)arg;
	task_start(call, create_image);
}

const struct server_method manager_methods[] = {
	{ "org.filterd.Manager.ListFilters", SERVER_OWNER, call_list_filters },
	{ "org.filterd.Manager.ListMedia", SERVER_OWNER, call_list_media },
	{ "org.filterd.Manager.Explain", SERVER_OWNER, call_explain },
	{ "org.filterd.Manager.Doctor", SERVER_OWNER, call_doctor },
	{ "org.filterd.Manager.Verify", SERVER_OWNER, call_verify },
	{ "org.filterd.Manager.Copy", SERVER_OWNER, call_copy, true },
	{ "org.filterd.Manager.CreateImage", SERVER_OWNER, call_create_image },
	{ NULL },
};
