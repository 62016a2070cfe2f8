/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount-methods.c - see mount-methods.h
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "describe.h"
#include "escape.h"
#include "interface-mount.h"
#include "mount-methods.h"
#include "parting.h"
#include "record.h"
#include "util.h"
#include "varlink.h"

void mount_methods_answer(struct attachment *attachment, bool refused)
{
	struct server_call *call = attachment->waiting;

	attachment->waiting = NULL;
	if (!call)
		return;
	if (refused || attachment->failure.code != EXIT_OK)
		server_fail(call, &attachment->failure);
	else
		server_reply(call, NULL);
}

bool mount_methods_step(struct attachment *attachment, const char *text)
{
	struct server_call *call = attachment->waiting;
	struct json_object *reply;

	if (!call || !server_wants_more(call))
		return false;
	reply = json_object_new_object();
	json_object_object_add(reply, "text", json_object_new_string(text));
	server_continue(call, reply);
	return true;
}

int mount_methods_way(struct json_object *parameters,
		      void (**ret)(struct attachment *), struct failure *f)
{
	static const struct {
		const char *word;
		void (*fn)(struct attachment *attachment);
	} ways[] = {
		{ "", parting_detach },
		{ "closed", parting_detach },
		{ "lazy", parting_leave },
		{ "force", parting_abort },
	};
	const char *word = varlink_string(parameters, "way");
	char safe[64];

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (streq(ways[i].word, word)) {
			*ret = ways[i].fn;
			return 0;
		}
	return failure_set(f, -EINVAL, EXIT_USAGE, "there is no way \"%s\" to "
			   "detach: closed, lazy, force",
			   escape(word, safe, sizeof(safe)));
}

static void call_detach(struct server_call *call, void *arg)
{
	struct attachment *attachment = arg;
	void (*detach)(struct attachment *attachment);
	struct failure f = { 0 };

	if (mount_methods_way(server_parameters(call), &detach, &f) < 0) {
		server_fail(call, &f);
		return;
	}
	if (!attachment->waiting &&
	    (attachment->state == ATTACHMENT_PUBLISHED ||
	     attachment->state == ATTACHMENT_RENEWING)) {
		attachment->waiting = call;
		detach(attachment);
		return;
	}
	if (attachment->waiting || attachment->state >= ATTACHMENT_LEAVING) {
		(void)failure_set(&f, -EBUSY, EXIT_BUSY,
				  "it is being detached already");
	} else {
		(void)failure_set(&f, -EBUSY, EXIT_BUSY,
				  "it is still being mounted");
		failure_hint(&f, "try again when its volumes are there");
	}
	server_fail(call, &f);
}

static struct json_object *describe_volumes(const struct attachment *attachment)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < attachment->volumes.n; i++)
		json_object_array_add(array,
			describe_medium(attachment->volumes.media[i]));
	return array;
}

/* "source" and where its volumes are: what every reply begins with. */
static struct json_object *describe_place(const struct attachment *attachment)
{
	struct json_object *object = json_object_new_object();
	char path[1024], control[1100];

	if (!object)
		return NULL;
	/* Who is still connected may ask when there are no names any more. */
	escape(attachment->place ? place_path(attachment->place) : "", path,
	       sizeof(path));
	(void)snprintf(control, sizeof(control), "%s%s", path,
		       attachment->place ? "/.control" : "");
	json_object_object_add(object, "path", json_object_new_string(path));
	json_object_object_add(object, "control",
			       json_object_new_string(control));
	json_object_object_add(object, "pid",
			       json_object_new_int((int)getpid()));
	return object;
}

struct json_object *mount_methods_describe(const struct attachment *attachment)
{
	const struct source *source = attachment->stack.source;
	struct json_object *object = describe_place(attachment);
	struct json_object *media = json_object_new_array();

	if (!object || !media) {
		json_object_put(object);
		json_object_put(media);
		return NULL;
	}
	json_object_array_add(media, describe_tree(source->root));
	json_object_object_add(object, "source", describe_source(source));
	json_object_object_add(object, "media", media);
	json_object_object_add(object, "volumes", describe_volumes(attachment));
	return object;
}

static void call_status(struct server_call *call, void *arg)
{
	struct attachment *attachment = arg;
	struct json_object *reply;

	/* While a job changes the tree, only the state can be told. */
	if (attachment->state == ATTACHMENT_PUBLISHED)
		reply = mount_methods_describe(attachment);
	else
		reply = describe_place(attachment);
	json_object_object_add(reply, "state", json_object_new_string(
		attachment_state_word(attachment->state)));
	server_reply(call, reply);
}

int mount_methods_explain(struct attachment *attachment,
			  struct server_call *call, const char *only,
			  struct failure *f)
{
	const struct stack *stack = &attachment->stack;

	if (attachment->state != ATTACHMENT_PUBLISHED)
		return failure_set(f, -EBUSY, EXIT_BUSY, "it is %s: there is "
				   "no record to be told of",
				   attachment_state_word(attachment->state));
	return record_answer(call, stack_top(stack), stack->catalogue, only,
			     f);
}

static void call_explain(struct server_call *call, void *arg)
{
	const char *only = varlink_string(server_parameters(call),
					  "personality");
	struct failure f = { 0 };

	if (mount_methods_explain(arg, call, *only ? only : NULL, &f) < 0)
		server_fail(call, &f);
}

static const struct server_method methods[] = {
	{ "org.filterd.Mount.Detach", SERVER_OWNER, call_detach },
	{ "org.filterd.Mount.Explain", SERVER_OWNER, call_explain },
	{ "org.filterd.Mount.Status", SERVER_OWNER, call_status },
	{ NULL },
};

struct server *mount_methods_server(struct attachment *attachment)
{
	struct server *server = server_new(methods, attachment);

	if (server)
		server_describe(server, "org.filterd.Mount", interface_text);
	return server;
}
