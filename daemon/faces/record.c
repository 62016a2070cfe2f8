/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.c - see record.h
 */
#include <errno.h>

#include "describe.h"
#include "record.h"

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

int record_answer(struct server_call *call, struct medium *top,
		  const struct catalogue *catalogue, const char *only,
		  struct failure *f)
{
	struct record record = { .call = call, .only = only };
	struct json_object *reply;
	int r = only ? catalogue_check(catalogue, only, f) : 0;

	if (r < 0)
		return r;
	reply = json_object_new_object();
	record.media = json_object_new_array();
	r = medium_each(top, give_record, &record);
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
