/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load-methods.c - see load-methods.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "change.h"
#include "cleanup.h"
#include "escape.h"
#include "job.h"
#include "load-methods.h"
#include "module.h"
#include "reload.h"
#include "util.h"
#include "varlink.h"

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	char safe[ESCAPE_LEN(256)];

	json_object_object_add(object, key, json_object_new_string(
		escape(or_empty(text), safe, sizeof(safe))));
}

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

/* A list of the modules, which is made on a job thread: the files are looked
   at, and somebody may be loading one. */
struct listing {
	struct service *service;
	struct server_call *call;
	struct json_object *modules;
};

static int list_one(void *arg, const struct module_state *state)
{
	struct listing *listing = arg;
	struct json_object *object = json_object_new_object();
	struct json_object *needs = json_object_new_array();
	const char *const *need = state->ops->needs;

	add_text(object, "name", state->ops->name);
	add_text(object, "version", state->ops->version);
	add_text(object, "compatible", state->ops->compatible);
	add_text(object, "summary", state->ops->summary);
	add_text(object, "path", state->path);
	for (; need && *need; need++)
		json_object_array_add(needs, json_object_new_string(*need));
	json_object_object_add(object, "needs", needs);
	add_number(object, "users", state->users);
	add_number(object, "dependents", state->dependents);
	json_object_object_add(object, "changed",
			       json_object_new_boolean(state->changed));
	json_object_array_add(listing->modules, object);
	return 0;
}

static int list(void *arg)
{
	struct listing *listing = arg;

	return modules_each_loaded(listing->service->modules, list_one,
				   listing);
}

static uint64_t count_instances(const struct medium *medium, const char *name)
{
	uint64_t n = medium->layer &&
		     streq(layer_ops(medium->layer)->name, name);

	for (const struct medium *child = medium->children; child;
	     child = child->next)
		n += count_instances(child, name);
	return n;
}

static uint64_t count_personalities(const struct catalogue *catalogue,
				    const char *name)
{
	uint64_t n = 0;

	for (size_t i = 0; i < catalogue_count(catalogue); i++)
		n += streq(catalogue_at(catalogue, i)->module, name);
	return n;
}

/* What the main thread knows.  The instances in a tree that is being changed
   are not counted. */
static void complete(const struct service *service, struct json_object *object)
{
	const char *name = varlink_string(object, "name");
	uint64_t n = 0;

	for (const struct attachment *at = service_next(service, NULL); at;
	     at = service_next(service, at))
		if (at->state == ATTACHMENT_PUBLISHED)
			n += count_instances(at->stack.source->root, name);
	add_number(object, "instances", n);
	add_number(object, "personalities",
		   count_personalities(service->catalogue, name));
}

static void listed(void *arg, int result)
{
	struct listing *listing = arg;
	struct json_object *reply = json_object_new_object();
	size_t n = json_object_array_length(listing->modules);

	(void)result;			/* list_one() always goes on */
	for (size_t i = 0; i < n; i++)
		complete(listing->service,
			 json_object_array_get_idx(listing->modules, i));
	json_object_object_add(reply, "modules", listing->modules);
	server_reply(listing->call, reply);
	free(listing);
}

void load_methods_list(struct server_call *call, void *arg)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	struct failure f = { 0 };
	int r = listing ? 0 : -ENOMEM;

	if (r == 0) {
		*listing = (struct listing){
			.service = arg, .call = call,
			.modules = json_object_new_array(),
		};
		r = job_start(list, listed, listing);
	}
	if (r == 0)
		return;
	if (listing)
		json_object_put(listing->modules);
	free(listing);
	(void)failure_errno(&f, r, "cannot list what is loaded");
	server_fail(call, &f);
}

/* A personality that the caller has opened, and so may read. */
struct wanted {
	struct service *service;
	struct server_call *call;
	struct personality *personality;
	char *path;
	bool only;
	int fd;
	struct failure failure;
};

static void keep_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	struct wanted *wanted = arg;
	char file[256], text[300];

	if (strncmp(message, "warning: ", 9) == 0)
		return;
	(void)failure_set(&wanted->failure, -EBADMSG, EXIT_USAGE,
			  "%s:%u:%u: %s", escape(at->file, file, sizeof(file)),
			  at->line, at->column,
			  escape(message, text, sizeof(text)));
}

static int read_wanted(void *arg)
{
	static const char *const none[] = { NULL };
	struct wanted *wanted = arg;
	int r = personality_read(wanted->path, wanted->fd, none, keep_fault,
				 wanted, &wanted->personality);

	return r < 0 ? failure_errno(&wanted->failure, r, "cannot load '%s'",
				     wanted->path) : 0;
}

static void was_read(void *arg, int result)
{
	struct wanted *wanted = arg;
	const struct change_wish wish = {
		.kind = CHANGE_LOAD, .personality = wanted->personality,
		.module = wanted->personality ? wanted->personality->module :
						NULL,
		.only = wanted->only,
	};

	if (result < 0)
		server_fail(wanted->call, &wanted->failure);
	else
		change_begin(wanted->service, &wish, wanted->call);
	close(wanted->fd);
	free(wanted->path);
	free(wanted);
}

static void load_file(struct service *service, struct server_call *call,
		      const char *path, int fd, bool only)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	struct failure f = { 0 };
	int r = wanted ? 0 : -ENOMEM;

	if (r == 0) {
		*wanted = (struct wanted){
			.service = service, .call = call, .only = only,
			.path = strdup(path),
			.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3),
		};
		r = !wanted->path ? -ENOMEM : wanted->fd < 0 ? -errno :
		    job_start(read_wanted, was_read, wanted);
	}
	if (r == 0)
		return;
	(void)failure_errno(&f, r, "cannot load the personality");
	server_fail(call, &f);
	if (wanted) {
		cleanup_fd(&wanted->fd);
		free(wanted->path);
		free(wanted);
	}
}

void load_methods_load(struct server_call *call, void *arg)
{
	struct json_object *parameters = server_parameters(call), *index;
	const char *name = varlink_string(parameters, "name");
	bool only = varlink_bool(parameters, "load_only");
	size_t n_fds;
	const int *fds = server_fds(call, &n_fds);
	int64_t i;

	if (name[0] == '\0') {
		server_invalid(call, "name");
		return;
	}
	if (!json_object_object_get_ex(parameters, "fd", &index)) {
		change_begin(arg, &(struct change_wish){
			.kind = CHANGE_LOAD, .module = name, .only = only,
		}, call);
		return;
	}
	i = json_object_get_int64(index);
	if (i < 0 || (uint64_t)i >= n_fds)
		server_invalid(call, "fd");
	else
		load_file(arg, call, name, fds[i], only);
}

void load_methods_unload(struct server_call *call, void *arg)
{
	struct json_object *parameters = server_parameters(call);
	const char *name = varlink_string(parameters, "name");

	if (name[0] == '\0') {
		server_invalid(call, "name");
		return;
	}
	change_begin(arg, &(struct change_wish){
		.kind = CHANGE_UNLOAD, .module = name,
		.only = varlink_bool(parameters, "personalities_only"),
	}, call);
}

void load_methods_match(struct server_call *call, void *arg)
{
	const char *name = varlink_string(server_parameters(call), "name");

	change_begin(arg, &(struct change_wish){
		.kind = CHANGE_MATCH, .module = name[0] ? name : NULL,
	}, call);
}

void load_methods_reload(struct server_call *call, void *arg)
{
	struct service *service = arg;

	reload_begin(service->reload);
	change_begin(service, &(struct change_wish){ .kind = CHANGE_RELOAD },
		     call);
}

static int add_name(void *array, const char *name)
{
	json_object_array_add(array, json_object_new_string(name));
	return 0;
}

/* Without a name it only tells which there are. */
void load_methods_publish(struct server_call *call, void *arg)
{
	const char *name = varlink_string(server_parameters(call), "name");
	struct service *service = arg;
	struct resources *resources = service->nub.resources;
	struct json_object *reply, *names;
	struct failure f = { 0 };
	char safe[128];
	int r = name[0] ? resources_publish(resources, name) : 0;

	if (r < 0) {
		(void)failure_set(&f, r, failure_code(r), "'%s' cannot be "
				  "published: %s", escape(name, safe,
				  sizeof(safe)), r == -EINVAL ? "names are of "
				  "letters, digits and ._+-" : strerror(-r));
		if (r == -EINVAL)
			f.code = EXIT_USAGE;
		server_fail(call, &f);
		return;
	}
	names = json_object_new_array();
	(void)resources_each(resources, add_name, names);
	reply = json_object_new_object();
	json_object_object_add(reply, "published",
			       json_object_new_boolean(r > 0));
	json_object_object_add(reply, "resources", names);
	if (r > 0)
		change_begin(service, &(struct change_wish){
			.kind = CHANGE_NAME, .reply = reply }, call);
	else
		server_reply(call, reply);
}
