/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tuning.c - the methods that show and change a running filter's settings
 */
#include "chore.h"
#include "escape.h"
#include "events.h"
#include "knobs.h"
#include "log.h"
#include "roster.h"
#include "tuning.h"
#include "util.h"
#include "varlink.h"

#define VALUE_LEN 4096

struct listing {
	const struct layer *layer;
	struct json_object *list;
	bool trusted;		/* the caller may see names of files */
};

/* A text may be the name of a file, which is its owner's business. */
static bool may_show(const struct listing *listing,
		     const struct filter_param *param)
{
	return listing->trusted || (param->type != FILTER_TEXT &&
				    param->type != FILTER_MEDIUM);
}

static void list(void *arg, const struct filter_param *param,
		 const char *text)
{
	const struct listing *listing = arg;
	struct json_object *object = json_object_new_object();
	char safe[ESCAPE_LEN(VALUE_LEN)];

	json_object_object_add(object, "name",
			       json_object_new_string(param->name));
	if (text && may_show(listing, param))
		json_object_object_add(object, "value", json_object_new_string(
			escape(text, safe, sizeof(safe))));
	json_object_object_add(object, "type", json_object_new_string(
		roster_type_word(param->type)));
	json_object_object_add(object, "live", json_object_new_boolean(
		knobs_turns(listing->layer, param)));
	json_object_object_add(object, "summary", json_object_new_string(
		or_empty(param->summary)));
	json_object_array_add(listing->list, object);
}

/* Nothing here waits for the filter: one that hangs is looked at too. */
void tuning_get(struct server_call *call, void *arg)
{
	const char *what = varlink_string(server_parameters(call), "name");
	struct listing listing = { .trusted = server_may(call, SERVER_ADMIN) };
	struct attachment *attachment;
	struct json_object *reply;
	struct failure f = { 0 };
	struct medium *medium;

	if (chore_find(arg, what, &attachment, &medium, &f) < 0) {
		server_fail(call, &f);
		return;
	}
	reply = json_object_new_object();
	listing.layer = medium->layer;
	listing.list = json_object_new_array();
	knobs_each(medium->layer, list, &listing);
	json_object_object_add(reply, "medium",
			       json_object_new_string(medium->name));
	json_object_object_add(reply, "filter", json_object_new_string(
		layer_ops(medium->layer)->name));
	json_object_object_add(reply, "settings", listing.list);
	server_reply(call, reply);
}

static struct json_object *make_change(const char *name, const char *before,
				       const char *value)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "before",
			       json_object_new_string(before));
	json_object_object_add(object, "value",
			       json_object_new_string(value));
	return object;
}

struct glance {
	const char *name;
	char text[ESCAPE_LEN(VALUE_LEN)];
};

static void glance(void *arg, const struct filter_param *param,
		   const char *text)
{
	struct glance *seen = arg;

	if (streq(param->name, seen->name))
		escape(or_empty(text), seen->text, sizeof(seen->text));
}

/* From the job to the main thread. */
struct change {
	struct chore *chore;
	struct json_object *about;
};

static void tell(void *arg)
{
	const struct change *change = arg;

	feed_tell(change->chore->service->feed, "setting-changed",
		  change->about);
}

/* Texts may be names of files, and are for those alone who ask for them. */
static void announce(struct chore *chore, const char *name,
		     const char *before, const char *value)
{
	const struct layer *layer = chore->medium->layer;
	const struct filter_param *param = settings_param(layer_ops(layer),
							  name, NULL);
	bool text = param->type == FILTER_TEXT;
	struct change change = {
		.chore = chore,
		.about = make_change(name, text ? "" : before,
				     text ? "" : value),
	};

	json_object_object_add(change.about, "medium",
			       json_object_new_string(chore->medium->name));
	log_info("'%s': %s is %s now", chore->medium->name, name,
		 text ? "another" : value);
	events_call(tell, &change);
}

static int set_one(struct chore *chore, struct json_object *setting,
		   struct json_object *changes)
{
	const char *name = varlink_string(setting, "name");
	const char *value = varlink_string(setting, "value");
	char safe[ESCAPE_LEN(VALUE_LEN)];
	struct glance before = { .name = name };
	int r;

	if (strlen(value) >= VALUE_LEN)
		return failure_set(&chore->failure, -EMSGSIZE, EXIT_USAGE,
				   "a value has at most %d bytes",
				   VALUE_LEN - 1);
	knobs_each(chore->medium->layer, glance, &before);
	r = knobs_set(chore->medium->layer, name, value, &chore->failure);
	if (r < 0)
		return r;
	escape(value, safe, sizeof(safe));
	announce(chore, name, before.text, safe);
	json_object_array_add(changes, make_change(name, before.text, safe));
	return 0;
}

/* In their order; those before one that is refused stay as they were set. */
static int set_all(struct chore *chore)
{
	struct json_object *settings = varlink_array(
		server_parameters(chore->call), "settings");
	struct json_object *changes = json_object_new_array();
	int r = 0;

	chore->reply = json_object_new_object();
	json_object_object_add(chore->reply, "medium",
			       json_object_new_string(chore->medium->name));
	json_object_object_add(chore->reply, "changes", changes);
	for (size_t i = 0; r == 0 && i < varlink_count(settings); i++)
		r = set_one(chore, json_object_array_get_idx(settings, i),
			    changes);
	return r;
}

void tuning_set(struct server_call *call, void *arg)
{
	struct json_object *settings = varlink_array(server_parameters(call),
						     "settings");

	if (varlink_count(settings) == 0)
		server_invalid(call, "settings");
	else
		chore_start(arg, call, set_all);
}
