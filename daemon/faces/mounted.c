/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounted.c - see mounted.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "describe.h"
#include "escape.h"
#include "events.h"
#include "helper.h"
#include "interface-mount.h"
#include "job.h"
#include "log.h"
#include "mounted.h"
#include "varlink.h"

static const char *const state_words[] = {
	[MOUNTED_MATCHING] = "matching",
	[MOUNTED_PUBLISHED] = "published",
	[MOUNTED_DETACHING] = "detaching",
	[MOUNTED_GONE] = "gone",
};

/* A line of progress, from the job to the main thread. */
struct progress {
	struct mounted *mounted;
	const char *name;
};

static void tell(void *arg)
{
	struct progress *progress = arg;
	struct server_call *call = progress->mounted->waiting;
	struct json_object *reply;
	char text[300];

	(void)snprintf(text, sizeof(text), "flushing %s", progress->name);
	if (!call || !server_wants_more(call)) {
		log_info("%s", text);
		return;
	}
	reply = json_object_new_object();
	json_object_object_add(reply, "text", json_object_new_string(text));
	server_continue(call, reply);
}

static void say_flushing(void *arg, const char *name)
{
	struct progress progress = { .mounted = arg, .name = name };

	events_call(tell, &progress);
}

/* On a job thread: a slow disk must not keep others from asking. */
static int take_down(void *arg)
{
	struct mounted *mounted = arg;
	struct failure *f = &mounted->failure;
	int r, error;

	/* All or nothing, as far as one can tell. */
	r = volumes_busy(&mounted->volumes, f);
	if (r == 0)
		r = volumes_stop(&mounted->volumes, say_flushing, mounted, f);
	if (r == -EBUSY || r == -ETIMEDOUT)
		return r;
	error = stack_detach(&mounted->stack, f);
	return r < 0 ? r : error;
}

static void answer(struct mounted *mounted, int result)
{
	struct server_call *call = mounted->waiting;

	mounted->waiting = NULL;
	if (!call)
		return;
	if (result < 0)
		server_fail(call, &mounted->failure);
	else
		server_reply(call, NULL);
}

/* Who asked over the socket prints it: else it would stand there twice. */
static void stay(struct mounted *mounted)
{
	if (mounted->waiting) {
		answer(mounted, -EBUSY);
		mounted->state = MOUNTED_PUBLISHED;
		return;
	}
	failure_print(&mounted->failure, "filterd");
	log_info("still mounted, nothing was changed; end it again when it "
		 "is closed");
	answer(mounted, -EBUSY);
	mounted->state = MOUNTED_PUBLISHED;
}

/* A thread that the disk holds can neither be ended nor waited for: the kernel
   ends it when the disk lets go. */
static _Noreturn void give_up(struct mounted *mounted)
{
	failure_print(&mounted->failure, "filterd");
	answer(mounted, -ETIMEDOUT);
	place_clear_links(mounted->place);
	server_free(mounted->server);
	place_close(mounted->place);
	_exit((int)mounted->failure.code);
}

static void taken_down(void *arg, int result)
{
	struct mounted *mounted = arg;
	char safe[300];

	if (result == -EBUSY) {
		stay(mounted);
		return;
	}
	if (result == -ETIMEDOUT)
		give_up(mounted);
	mounted->state = MOUNTED_GONE;
	if (result < 0)
		failure_print(&mounted->failure, "filterd");
	else if (!mounted->waiting)
		log_info("detached from '%s'",
			 escape(place_path(mounted->place), safe,
				sizeof(safe)));
	answer(mounted, result);
	events_exit(result < 0 ? (int)mounted->failure.code : EXIT_OK);
}

void mounted_detach(struct mounted *mounted)
{
	int r;

	if (mounted->state == MOUNTED_MATCHING) {
		helper_cancelled = 1;
		return;
	}
	if (mounted->state != MOUNTED_PUBLISHED) {
		log_info("still detaching: a flush takes as long as the disk "
			 "takes");
		return;
	}
	mounted->state = MOUNTED_DETACHING;
	mounted->failure = (struct failure){ 0 };
	r = job_start(take_down, taken_down, mounted);
	if (r < 0) {
		(void)failure_errno(&mounted->failure, r, "cannot detach");
		stay(mounted);
	}
}

static void call_detach(struct server_call *call, void *arg)
{
	struct mounted *mounted = arg;
	struct failure f = { 0 };

	if (mounted->waiting || mounted->state == MOUNTED_DETACHING) {
		(void)failure_set(&f, -EBUSY, EXIT_BUSY,
				  "it is being detached already");
		server_fail(call, &f);
		return;
	}
	if (mounted->state == MOUNTED_MATCHING) {
		(void)failure_set(&f, -EBUSY, EXIT_BUSY,
				  "it is still being mounted");
		failure_hint(&f, "try again, or end process %d",
			     (int)getpid());
		server_fail(call, &f);
		return;
	}
	mounted->waiting = call;
	mounted_detach(mounted);
}

static struct json_object *describe_volumes(const struct mounted *mounted)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < mounted->volumes.n; i++)
		json_object_array_add(array,
			describe_medium(mounted->volumes.media[i]));
	return array;
}

/* "source" and where its volumes are: what every reply begins with. */
static struct json_object *describe_place(const struct mounted *mounted)
{
	struct json_object *object = json_object_new_object();
	char path[1024], control[1100];

	if (!object)
		return NULL;
	escape(place_path(mounted->place), path, sizeof(path));
	(void)snprintf(control, sizeof(control), "%s/.control", path);
	json_object_object_add(object, "path", json_object_new_string(path));
	json_object_object_add(object, "control",
			       json_object_new_string(control));
	json_object_object_add(object, "pid",
			       json_object_new_int((int)getpid()));
	return object;
}

struct json_object *mounted_describe(const struct mounted *mounted)
{
	const struct source *source = mounted->stack.source;
	struct json_object *object = describe_place(mounted);
	struct json_object *media = json_object_new_array();

	if (!object || !media) {
		json_object_put(object);
		json_object_put(media);
		return NULL;
	}
	json_object_array_add(media, describe_tree(source->root));
	json_object_object_add(object, "source", describe_source(source));
	json_object_object_add(object, "media", media);
	json_object_object_add(object, "volumes", describe_volumes(mounted));
	return object;
}

static void call_status(struct server_call *call, void *arg)
{
	struct mounted *mounted = arg;
	struct json_object *reply;

	/* While a job changes the tree, only the state can be told. */
	if (mounted->state == MOUNTED_PUBLISHED)
		reply = mounted_describe(mounted);
	else
		reply = describe_place(mounted);
	json_object_object_add(reply, "state", json_object_new_string(
		state_words[mounted->state]));
	server_reply(call, reply);
}

/* One call for its media. */
struct record {
	struct server_call *call;
	const char *only;		/* a personality; NULL: all */
	struct json_object *media;	/* of who wants one reply */
};

static int give_record(void *arg, struct medium *medium)
{
	struct record *record = arg;
	struct json_object *object = describe_record(medium, record->only);
	struct json_object *reply, *media = record->media;

	if (!object)
		return -ENOMEM;
	if (!server_wants_more(record->call)) {
		json_object_array_add(media, object);
		return 0;
	}
	reply = json_object_new_object();
	media = json_object_new_array();
	json_object_array_add(media, object);
	json_object_object_add(reply, "media", media);
	server_continue(record->call, reply);
	return 0;
}

static int explain(struct mounted *mounted, struct server_call *call,
		   struct failure *f)
{
	const char *only = varlink_string(server_parameters(call),
					  "personality");
	struct record record = { .call = call, .only = *only ? only : NULL };
	struct json_object *reply;
	int r = 0;

	if (mounted->state != MOUNTED_PUBLISHED)
		return failure_set(f, -EBUSY, EXIT_BUSY, "it is %s: there is "
				   "no record to be told of",
				   state_words[mounted->state]);
	if (record.only)
		r = catalogue_check(mounted->stack.catalogue, only, f);
	if (r < 0)
		return r;
	reply = json_object_new_object();
	record.media = json_object_new_array();
	r = medium_each(stack_top(&mounted->stack), give_record, &record);
	if (r < 0 || server_wants_more(call))
		json_object_put(record.media);
	else
		json_object_object_add(reply, "media", record.media);
	if (r < 0) {
		json_object_put(reply);
		return failure_errno(f, r, "cannot tell the record");
	}
	server_reply(call, reply);
	return 0;
}

static void call_explain(struct server_call *call, void *arg)
{
	struct failure f = { 0 };

	if (explain(arg, call, &f) < 0)
		server_fail(call, &f);
}

static const struct server_method methods[] = {
	{ "org.filterd.Mount.Detach", SERVER_OWNER, call_detach },
	{ "org.filterd.Mount.Explain", SERVER_OWNER, call_explain },
	{ "org.filterd.Mount.Status", SERVER_OWNER, call_status },
	{ NULL },
};

int mounted_listen(struct mounted *mounted, struct failure *f)
{
	int r;

	mounted->server = server_new(methods, mounted);
	if (mounted->server)
		server_describe(mounted->server, "org.filterd.Mount",
				interface_text);
	r = mounted->server ? server_listen(mounted->server,
					    place_control(mounted->place)) :
			      -ENOMEM;
	if (r < 0)
		return failure_errno(f, r, "cannot listen at '%s/.control'",
				     place_path(mounted->place));
	return 0;
}

void mounted_close(struct mounted *mounted)
{
	/* The socket lies in the place, and is the last that goes from it. */
	place_clear_links(mounted->place);
	server_free(mounted->server);
	place_close(mounted->place);
	stack_close(&mounted->stack);
}
