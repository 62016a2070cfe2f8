/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage.c - see usage.h
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "export.h"
#include "guest.h"
#include "holders.h"
#include "job.h"
#include "usage.h"
#include "util.h"
#include "varlink.h"

#define HOLDERS_LEN 1000

/* A file whose users are to be found. */
struct file {
	char *medium, *path;
	char holders[HOLDERS_LEN];
};

struct usage {
	const struct service *service;
	struct server_call *call;
	const char *only;		/* the call's; NULL: all */
	struct json_object *list;
	struct file *files;
	size_t n;
};

static void add(struct usage *usage, const char *medium, const char *holder,
		const char *level)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "medium",
			       json_object_new_string(medium));
	json_object_object_add(object, "holder",
			       json_object_new_string(holder));
	json_object_object_add(object, "level",
			       json_object_new_string(level));
	json_object_array_add(usage->list, object);
}

/* Maps and filters: once each, however many media they publish. */
static void add_drivers(struct usage *usage, const struct medium *medium)
{
	uint64_t last = 0;

	for (const struct medium *child = medium->children; child;
	     child = child->next) {
		if (child->driver == last)
			continue;
		last = child->driver;
		add(usage, medium->name, child->layer ?
		    layer_ops(child->layer)->name : child->scheme, "filter");
	}
}

static int add_file(struct usage *usage, const struct medium *medium)
{
	struct file *more = reallocarray(usage->files, usage->n + 1,
					 sizeof(*more));

	if (!more)
		return -ENOMEM;
	usage->files = more;
	more += usage->n++;
	*more = (struct file){ .medium = strdup(medium->name),
			       .path = strdup(export_path(medium->export)) };
	return more->medium && more->path ? 0 : -ENOMEM;
}

static int look(void *arg, struct medium *medium)
{
	struct usage *usage = arg;

	if (usage->only && !streq(usage->only, medium->name))
		return 0;
	add_drivers(usage, medium);
	guest_describe(usage->service, medium->name, usage->list);
	return medium->export && export_is_open(medium->export) ?
	       add_file(usage, medium) : 0;
}

static int find(void *arg)
{
	struct usage *usage = arg;

	for (size_t i = 0; i < usage->n; i++)
		(void)holders_of(usage->files[i].path,
				 usage->files[i].holders, HOLDERS_LEN);
	return 0;
}

static void found(void *arg, int result)
{
	struct usage *usage = arg;
	struct json_object *reply = json_object_new_object();

	(void)result;
	for (size_t i = 0; i < usage->n; i++) {
		struct file *file = &usage->files[i];

		add(usage, or_empty(file->medium),
		    file->holders[0] ? file->holders : "somebody", "file");
		free(file->medium);
		free(file->path);
	}
	json_object_object_add(reply, "holders", usage->list);
	server_reply(usage->call, reply);
	free(usage->files);
	free(usage);
}

static int check_name(const struct service *service, const char *name,
		      struct failure *f)
{
	struct attachment *attachment;
	struct medium *medium;

	return name ? service_find_medium(service, name, &attachment, &medium,
					  f) : 0;
}

void usage_tell(struct service *service, struct server_call *call)
{
	const char *name = varlink_string(server_parameters(call), "name");
	struct usage *usage = calloc(1, sizeof(*usage));
	struct failure f = { .code = EXIT_OK };
	int r = usage ? check_name(service, *name ? name : NULL, &f) :
			failure_errno(&f, -ENOMEM, "cannot look");

	if (r < 0) {
		free(usage);
		server_fail(call, &f);
		return;
	}
	usage->service = service;
	usage->call = call;
	usage->only = *name ? name : NULL;
	usage->list = json_object_new_array();
	for (struct attachment *at = service->attachments; at; at = at->next)
		if (at->state == ATTACHMENT_PUBLISHED)
			(void)medium_each(at->stack.source->root, look, usage);
	if (usage->n == 0 || job_start(find, found, usage) < 0)
		found(usage, 0);
}
