/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * change.c - see change.h
 *
 * A job loads or unloads the module and makes the catalogue, and the main
 * thread puts that in the old one's place; nobody else has the edition
 * meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "change.h"
#include "cleanup.h"
#include "escape.h"
#include "job.h"
#include "log.h"
#include "module.h"
#include "util.h"
#include "version.h"

struct change {
	struct change *next;
	struct service *service;
	struct server_call *call;	/* NULL: nobody asks */
	struct change_wish wish;
	char *module;			/* its own; NULL: none */
	char version[VERSION_LEN], path[256];	/* of what was loaded */
	struct catalogue *catalogue;	/* what it made */
	bool changed;
	struct failure failure;
};

static void free_change(struct change *change)
{
	catalogue_unref(change->catalogue);
	personality_unref(change->wish.personality);
	json_object_put(change->wish.reply);
	free(change->module);
	free(change);
}

/* On a job thread. */

static int load(struct change *change)
{
	struct edition *edition = &change->service->edition;
	struct module *module;
	int r = module_get(change->service->modules, change->module, &module,
			   &change->failure);

	if (r < 0)
		return r;
	(void)snprintf(change->version, sizeof(change->version), "%s",
		       or_empty(module_ops(module)->version));
	(void)snprintf(change->path, sizeof(change->path), "%s",
		       module_path(module));
	module_put(module);
	if (change->wish.personality)
		r = edition_add(edition, change->wish.personality);
	if (r == 0 && change->wish.only)
		return edition_hold(edition, change->module);
	edition_release(edition, change->module);
	return r;
}

/* Of one that is not loaded, the personalities can go all the same. */
static int unload(struct change *change)
{
	struct service *service = change->service;
	struct failure f = { .code = EXIT_OK };
	bool known = false;
	int r = 0;

	for (size_t i = 0; i < catalogue_count(service->catalogue); i++)
		known = known || streq(catalogue_at(service->catalogue,
						    i)->module,
				       change->module);
	if (!change->wish.only)
		r = modules_unload(service->modules, change->module, &f);
	if (r == -ENOENT && known)
		r = 0;
	if (r < 0) {
		change->failure = f;
		return r;
	}
	return edition_hold(&service->edition, change->module);
}

static int work(void *arg)
{
	struct change *change = arg;
	struct service *service = change->service;
	int r = 0;

	if (change->wish.kind == CHANGE_NAME)
		return 0;
	if (change->wish.kind == CHANGE_LOAD)
		r = load(change);
	else if (change->wish.kind == CHANGE_UNLOAD)
		r = unload(change);
	else if (change->module)
		edition_release(&service->edition, change->module);
	if (r < 0)
		return failure_errno(&change->failure, r, "cannot change what "
				     "is loaded");
	return edition_make(&service->edition, service->catalogue,
			    &change->catalogue, &change->changed,
			    &change->failure);
}

/* On the main thread. */

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	char safe[ESCAPE_LEN(256)];

	json_object_object_add(object, key, json_object_new_string(
		escape(text, safe, sizeof(safe))));
}

static void answer(struct change *change)
{
	struct json_object *reply;

	if (!change->call)
		return;
	if (change->failure.code != EXIT_OK) {
		server_fail(change->call, &change->failure);
		return;
	}
	reply = take_ptr(&change->wish.reply);
	if (!reply)
		reply = json_object_new_object();
	if (change->module)
		add_text(reply, "name", change->module);
	if (change->wish.kind == CHANGE_LOAD) {
		add_text(reply, "version", change->version);
		add_text(reply, "path", change->path);
	}
	json_object_object_add(reply, "pid",
			       json_object_new_int((int)getpid()));
	json_object_object_add(reply, "generation", json_object_new_uint64(
		change->service->generation));
	server_reply(change->call, reply);
}

static bool is_settled(const struct service *service)
{
	for (const struct attachment *at = service_next(service, NULL); at;
	     at = service_next(service, at))
		if (at->state < ATTACHMENT_LEAVING &&
		    (at->coming || at->state == ATTACHMENT_RENEWING))
			return false;
	return true;
}

void change_settled(struct service *service)
{
	if (!is_settled(service))
		return;
	while (service->settling) {
		struct change *change = service->settling;

		service->settling = change->next;
		answer(change);
		free_change(change);
	}
}

static void renew_all(struct service *service, bool all)
{
	struct attachment *at = NULL;

	while ((at = service_next(service, at)))
		if (at->state != ATTACHMENT_ENDED)
			attachment_renew(at, service->catalogue, all);
}

static void take_effect(struct change *change)
{
	struct service *service = change->service;
	bool all = change->wish.kind == CHANGE_MATCH;

	if (change->changed) {
		catalogue_unref(service->catalogue);
		service->catalogue = take_ptr(&change->catalogue);
		service->generation++;
		log_info("the catalogue has changed: %zu personalities",
			 catalogue_count(service->catalogue));
		feed_tell(service->feed, "catalogue-changed", NULL);
	}
	if (change->changed || all || change->wish.kind == CHANGE_NAME)
		renew_all(service, all);
}

static void begin_next(struct service *service);

static void done(void *arg, int result)
{
	struct change *change = arg, **last;
	struct service *service = change->service;

	service->changes = change->next;
	change->next = NULL;
	if (result == 0)
		take_effect(change);
	else if (!change->call)
		log_warning("%s", change->failure.text);
	last = &service->settling;
	while (*last)
		last = &(*last)->next;
	*last = change;
	begin_next(service);
	service_settled(service);
}

static void begin_next(struct service *service)
{
	struct change *change = service->changes;
	int r;

	if (!change)
		return;
	r = job_start(work, done, change);
	if (r < 0)
		done(change, failure_errno(&change->failure, r,
					   "cannot change what is loaded"));
}

/* While a job has a tree, nobody else looks into it: who holds the module then
   is found by the number of those who do. */
static struct medium *find_in(struct medium *root, const char *module)
{
	struct medium *found = NULL;

	if (root->module && streq(module_ops(root->module)->name, module))
		return root;
	for (struct medium *child = root->children; child && !found;
	     child = child->next)
		found = find_in(child, module);
	return found;
}

static const struct medium *find_holder(const struct service *service,
					const char *module)
{
	struct medium *found = NULL;

	for (struct attachment *at = service_next(service, NULL); at && !found;
	     at = service_next(service, at))
		if (at->state == ATTACHMENT_PUBLISHED)
			found = find_in(at->stack.source->root, module);
	return found;
}

/* 0, or -EBUSY: a medium, which is named, stands by the module. */
static int check_unload(const struct service *service,
			const struct change_wish *wish, struct failure *f)
{
	const struct medium *holder;

	if (wish->kind != CHANGE_UNLOAD || wish->only)
		return 0;
	holder = find_holder(service, wish->module);
	if (!holder)
		return 0;
	failure_hint(f, "detach it first; 'filterctl unload --personalities"
		     " %s' keeps it from standing anywhere else",
		     wish->module);
	return failure_set(f, -EBUSY, EXIT_BUSY,
			   "filter '%s' is in use: '%s' stands by it",
			   wish->module, holder->name);
}

void change_begin(struct service *service, const struct change_wish *wish,
		  struct server_call *call)
{
	struct change *change = calloc(1, sizeof(*change)), **last;
	struct failure f = { .code = EXIT_OK };
	int r = check_unload(service, wish, &f);

	if (r == 0 && change && wish->module)
		change->module = strdup(wish->module);
	if (r == 0 && (!change || (wish->module && !change->module)))
		r = failure_errno(&f, -ENOMEM, "cannot change what is loaded");
	if (r < 0) {
		if (call)
			server_fail(call, &f);
		else
			log_warning("%s", f.text);
		personality_free(wish->personality);
		json_object_put(wish->reply);
		free(change);
		return;
	}
	change->service = service;
	change->call = call;
	change->wish = *wish;
	if (wish->personality)
		(void)personality_ref(wish->personality);
	for (last = &service->changes; *last; last = &(*last)->next)
		;
	*last = change;
	if (service->changes == change)
		begin_next(service);
}

void change_end(struct service *service)
{
	while (service->settling) {
		struct change *change = service->settling;

		service->settling = change->next;
		(void)failure_set(&change->failure, -ESHUTDOWN, EXIT_FAILED,
				  "the service is stopping");
		answer(change);
		free_change(change);
	}
}
