/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * methods.c - see methods.h
 */
#include <errno.h>
#include <unistd.h>

#include "discreet.h"
#include "guest.h"
#include "load-methods.h"
#include "methods.h"
#include "readers.h"
#include "mount-methods.h"
#include "service.h"
#include "stats.h"
#include "talks.h"
#include "tree.h"
#include "tuning.h"
#include "usage.h"
#include "util.h"
#include "varlink.h"

/* Answers everybody: what is nobody else's business is left out. */
static void answer(struct server_call *call, struct json_object *reply)
{
	if (!server_may(call, SERVER_ADMIN))
		discreet_make(reply);
	server_reply(call, reply);
}

static void call_attach(struct server_call *call, void *arg)
{
	struct json_object *parameters = server_parameters(call);
	struct failure f = { 0 };
	const int *fds;
	size_t n_fds;

	if (varlink_string(parameters, "source")[0] == '\0' &&
	    !json_object_object_get(parameters, "source_fd")) {
		server_invalid(call, "source");
		return;
	}
	fds = server_fds(call, &n_fds);
	if (service_attach(arg, parameters, fds, n_fds, call, &f) < 0)
		server_fail(call, &f);
}

/* The attachment that the parameter "name" means; NULL: the call has failed. */
static struct attachment *named(struct service *service,
				struct server_call *call)
{
	const char *name = varlink_string(server_parameters(call), "name");
	struct attachment *attachment;
	struct failure f = { 0 };

	if (service_find(service, name, &attachment, &f) == 0)
		return attachment;
	server_fail(call, &f);
	return NULL;
}

static void call_detach(struct server_call *call, void *arg)
{
	struct attachment *attachment = named(arg, call);
	void (*way)(struct attachment *attachment);
	struct failure f = { 0 };

	if (!attachment)
		return;
	if (mount_methods_way(server_parameters(call), &way, &f) < 0)
		server_fail(call, &f);
	else
		service_detach(attachment, way, call);
}

static void call_rescan(struct server_call *call, void *arg)
{
	const char *name = varlink_string(server_parameters(call), "name");
	struct attachment *only = NULL;
	struct failure f = { 0 };

	if (name[0] != '\0') {
		only = named(arg, call);
		if (!only)
			return;
	}
	if (service_rescan(arg, only, call, &f) < 0)
		server_fail(call, &f);
}

/* What became of each personality, on a source or on resources. */
static void call_record(struct server_call *call, void *arg)
{
	struct json_object *parameters = server_parameters(call);
	const char *only = varlink_string(parameters, "personality");
	struct service *service = arg;
	struct attachment *attachment = &service->nub.attachment;
	struct failure f = { 0 };

	if (!streq(varlink_string(parameters, "name"), attachment->source))
		attachment = named(service, call);
	if (attachment &&
	    mount_methods_explain(attachment, call, *only ? only : NULL,
				  &f) < 0)
		server_fail(call, &f);
}

static struct json_object *describe(const struct attachment *attachment)
{
	struct json_object *object = json_object_new_object();

	if (attachment->state == ATTACHMENT_PUBLISHED) {
		json_object_put(object);
		object = mount_methods_describe(attachment);
	}
	json_object_object_add(object, "name", json_object_new_string(
		service_name(attachment)));
	json_object_object_add(object, "state", json_object_new_string(
		attachment_state_word(attachment->state)));
	return object;
}

static struct json_object *describe_service(const struct service *service)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version",
			       json_object_new_string(PACKAGE_VERSION));
	json_object_object_add(object, "pid",
			       json_object_new_int((int)getpid()));
	json_object_object_add(object, "generation",
			       json_object_new_uint64(service->generation));
	json_object_object_add(object, "personalities",
			       json_object_new_uint64(
				catalogue_count(service->catalogue)));
	json_object_object_add(object, "stopping",
			       json_object_new_boolean(service->stopping));
	return object;
}

/* All that is attached, or the one with this name. */
static void call_status(struct server_call *call, void *arg)
{
	const char *name = varlink_string(server_parameters(call), "name");
	struct service *service = arg;
	struct json_object *reply, *list;
	struct attachment *only = NULL;

	if (name[0] != '\0') {
		only = named(service, call);
		if (!only)
			return;
	}
	reply = json_object_new_object();
	list = json_object_new_array();
	json_object_object_add(reply, "service", describe_service(service));
	for (struct attachment *at = service->attachments; at; at = at->next)
		if (!only || at == only)
			json_object_array_add(list, describe(at));
	json_object_object_add(reply, "attachments", list);
	answer(call, reply);
}

static void call_tree(struct server_call *call, void *arg)
{
	const char *what = varlink_string(server_parameters(call), "what");
	const char *plane = varlink_string(server_parameters(call), "plane");
	struct json_object *reply;

	if (*plane && !streq(plane, "service") && !streq(plane, "alias")) {
		server_invalid(call, "plane");
		return;
	}
	reply = json_object_new_object();
	if (streq(plane, "alias"))
		json_object_object_add(reply, "tree", tree_aliases(arg));
	else if (what[0] == '\0')
		json_object_object_add(reply, "tree", tree_describe(arg));
	else
		json_object_object_add(reply, "entries",
				       tree_find(arg, what));
	answer(call, reply);
}

static void call_monitor(struct server_call *call, void *arg)
{
	struct service *service = arg;

	feed_follow(service->feed, call);
}

static void call_open(struct server_call *call, void *arg)
{
	guest_open(arg, call);
}

static void call_close(struct server_call *call, void *arg)
{
	guest_close(arg, call);
}

static void call_holders(struct server_call *call, void *arg)
{
	usage_tell(arg, call);
}

/* Everybody looks, by answer() where there are paths; members attach, and what
   they have attached; what could make the process do another thing than that is
   root's. */
const struct server_method service_methods[] = {
	{ "org.filterd.Manager.Attach", SERVER_ADMIN, call_attach, true },
	{ "org.filterd.Manager.Detach", SERVER_ADMIN, call_detach },
	{ "org.filterd.Manager.ListModules", SERVER_ANYBODY,
	  load_methods_list },
	{ "org.filterd.Manager.Load", SERVER_OWNER, load_methods_load, true },
	{ "org.filterd.Manager.Unload", SERVER_OWNER, load_methods_unload },
	{ "org.filterd.Manager.Match", SERVER_OWNER, load_methods_match },
	{ "org.filterd.Manager.Publish", SERVER_OWNER, load_methods_publish },
	{ "org.filterd.Manager.Record", SERVER_ADMIN, call_record },
	{ "org.filterd.Manager.Reload", SERVER_OWNER, load_methods_reload },
	{ "org.filterd.Manager.Rescan", SERVER_OWNER, call_rescan },
	{ "org.filterd.Manager.Open", SERVER_OWNER, call_open },
	{ "org.filterd.Manager.Close", SERVER_OWNER, call_close },
	{ "org.filterd.Manager.Holders", SERVER_ADMIN, call_holders },
	{ "org.filterd.Manager.Status", SERVER_ANYBODY, call_status },
	{ "org.filterd.Manager.Tree", SERVER_ANYBODY, call_tree },
	{ "org.filterd.Manager.Monitor", SERVER_ANYBODY, call_monitor },
	{ "org.filterd.Manager.Log", SERVER_ADMIN, readers_log },
	{ "org.filterd.Manager.LogLevel", SERVER_OWNER, readers_level },
	{ "org.filterd.Manager.Stats", SERVER_ANYBODY, stats_get },
	{ "org.filterd.Manager.GetSettings", SERVER_ADMIN, tuning_get },
	{ "org.filterd.Manager.SetSettings", SERVER_OWNER, tuning_set },
	{ "org.filterd.Manager.ListControls", SERVER_ANYBODY, talks_list },
	{ "org.filterd.Manager.Control", SERVER_OWNER, talks_control },
	{ "org.filterd.Manager.Talk", SERVER_OWNER, talks_begin },
	{ "org.filterd.Manager.Message", SERVER_OWNER, talks_message },
	{ NULL },
};
