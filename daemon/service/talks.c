/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * talks.c - the methods by which clients talk to filters
 *
 * A line is one Talk: it begins in a job, is served on the main thread when the
 * filter has sent something, and is closed in a job when its caller or the
 * filter's volume goes.  Whoever sends a message on it holds it until then.
 */
#include <errno.h>
#include <stdlib.h>

#include "alarm.h"
#include "chore.h"
#include "cleanup.h"
#include "hex.h"
#include "job.h"
#include "peer.h"
#include "talk.h"
#include "talks.h"
#include "util.h"
#include "varlink.h"

/* Bytes that a caller may be behind; then the filter's queue fills. */
#define UNREAD_MAX (256u << 10)

struct line {
	struct line *next;
	uint64_t number;
	struct peer who;
	struct server_call *call;
	struct talk *talk;
	struct alarm *alarm;
	unsigned users;		/* messages under way */
	bool ready;		/* its caller knows its number */
	bool gone;		/* is to be closed when none is */
	bool over;		/* the filter's volume ended */
};

/* Main thread. */
static struct line *lines;
static uint64_t last_number;

static void add_data(struct json_object *object, const void *bytes,
		     size_t len)
{
	_cleanup_free_ char *text = hex_write(bytes, len);

	json_object_object_add(object, "data",
			       json_object_new_string(or_empty(text)));
}

/* The filters that take messages. */

static int list(void *arg, struct medium *medium)
{
	struct json_object *object;

	if (!medium->layer || !layer_ops(medium->layer)->message)
		return 0;
	object = json_object_new_object();
	json_object_object_add(object, "medium",
			       json_object_new_string(medium->name));
	json_object_object_add(object, "filter", json_object_new_string(
		layer_ops(medium->layer)->name));
	json_object_object_add(object, "connected", json_object_new_boolean(
		talk_check_none(medium->layer, NULL) < 0));
	json_object_array_add(arg, object);
	return 0;
}

void talks_list(struct server_call *call, void *arg)
{
	struct json_object *reply = json_object_new_object();
	struct json_object *controls = json_object_new_array();
	const struct service *service = arg;

	for (struct attachment *at = service_next(service, NULL); at;
	     at = service_next(service, at))
		if (at->state == ATTACHMENT_PUBLISHED)
			(void)medium_each(at->stack.source->root, list,
					  controls);
	json_object_object_add(reply, "controls", controls);
	server_reply(call, reply);
}

/* One message: {code, data, room} -> {data}, or {needed}. */

static int exchange(struct talk *talk, struct json_object *parameters,
		    struct json_object **ret, struct failure *f)
{
	_cleanup_free_ unsigned char *in = NULL, *out = NULL;
	uint64_t room = varlink_number(parameters, "room");
	size_t in_len, out_len;
	int r;

	if (hex_read(varlink_string(parameters, "data"), &in, &in_len) < 0)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "data is not hexadecimal");
	out_len = (size_t)MIN(room, (uint64_t)TALK_MESSAGE_MAX);
	out = malloc(out_len + 1);
	if (!out)
		return failure_errno(f, -ENOMEM, "cannot send a message");
	r = talk_message(talk, (unsigned)varlink_number(parameters, "code"),
			 in, in_len, out, &out_len, f);
	if (r < 0 && r != -ERANGE)
		return r;
	*ret = json_object_new_object();
	if (r == 0)
		add_data(*ret, out, out_len);
	else
		json_object_object_add(*ret, "needed",
				       json_object_new_uint64(out_len));
	return 0;
}

static struct talk_client client_of(const struct server_call *call)
{
	const struct peer *peer = server_peer(call);

	return (struct talk_client){ .uid = peer->uid, .pid = peer->pid };
}

static int control(struct chore *chore)
{
	struct talk_client client = client_of(chore->call);
	struct talk *talk;
	int r = talk_open(chore->medium->layer, &client, &talk,
			  &chore->failure);

	if (r < 0)
		return r;
	r = exchange(talk, server_parameters(chore->call), &chore->reply,
		     &chore->failure);
	talk_close(talk);
	return r;
}

void talks_control(struct server_call *call, void *arg)
{
	chore_start(arg, call, control);
}

/* A talk that lasts. */

static void line_free(struct line *line)
{
	struct line **at = &lines;

	while (*at && *at != line)
		at = &(*at)->next;
	if (*at)
		*at = line->next;
	alarm_free(line->alarm);
	free(line);
}

static int close_talk(void *arg)
{
	struct line *line = arg;

	talk_close(line->talk);
	return 0;
}

static void closed(void *arg, int result)
{
	struct failure f = { 0 };
	struct line *line = arg;

	(void)result;
	(void)failure_set(&f, -ENXIO, EXIT_FAILED,
			  "the filter's volume ended");
	if (line->over)
		server_fail(line->call, &f);
	else
		server_reply(line->call, NULL);
	line_free(line);
}

static void close_unless_used(struct line *line)
{
	if (line->users > 0)
		return;
	line->users++;		/* once */
	if (job_start(close_talk, closed, line) < 0)
		closed(line, close_talk(line));
}

static void leave(void *arg)
{
	struct line *line = arg;

	if (line->gone)
		return;
	line->gone = true;
	close_unless_used(line);
}

/* Gives the caller what there is, as far as he reads it. */
static void serve(void *arg)
{
	static unsigned char bytes[TALK_MESSAGE_MAX];
	struct line *line = arg;
	int r = 0;

	while (r == 0 && line->ready && !line->gone &&
	       server_unread(line->call) < UNREAD_MAX) {
		struct json_object *reply;
		size_t len = sizeof(bytes);

		r = talk_take(line->talk, bytes, &len);
		if (r < 0)
			break;
		reply = json_object_new_object();
		add_data(reply, bytes, len);
		server_continue(line->call, reply);
	}
	if (r == -ENXIO && !line->gone) {
		line->over = true;
		leave(line);
	}
}

static const struct server_waiter waiter = { .gone = leave, .drained = serve };

static void ring(void *arg)
{
	alarm_ring(((struct line *)arg)->alarm);
}

struct beginning {
	struct line *line;
	struct attachment *attachment;
	struct layer *layer;
	struct failure failure;
};

static int begin(void *arg)
{
	struct beginning *beginning = arg;
	struct line *line = beginning->line;
	const struct talk_client client = {
		.uid = line->who.uid, .pid = line->who.pid,
		.ready = ring, .arg = line,
	};

	return talk_open(beginning->layer, &client, &line->talk,
			 &beginning->failure);
}

static void begun(void *arg, int result)
{
	struct json_object *reply = json_object_new_object();
	struct beginning *beginning = arg;
	struct line *line = beginning->line;

	attachment_unpin(beginning->attachment);
	if (result < 0) {
		(void)failure_errno(&beginning->failure, result,
				    "cannot connect to the filter");
		server_fail(line->call, &beginning->failure);
		line_free(line);
		json_object_put(reply);
	} else {
		line->next = lines;
		lines = line;
		line->ready = true;
		json_object_object_add(reply, "talk",
				       json_object_new_uint64(line->number));
		server_continue(line->call, reply);
		server_wait(line->call, &waiter, line);
		if (server_call_gone(line->call))
			leave(line);	/* before anybody waited for that */
		else
			serve(line);
	}
	free(beginning);
}

static struct line *line_new(struct server_call *call)
{
	struct line *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->number = ++last_number;
	line->who = *server_peer(call);
	line->call = call;
	line->alarm = alarm_new(serve, line);
	if (!line->alarm) {
		free(line);
		return NULL;
	}
	return line;
}

static int start(struct service *service, struct server_call *call,
		 struct failure *f)
{
	const char *what = varlink_string(server_parameters(call), "name");
	struct beginning *beginning = calloc(1, sizeof(*beginning));
	struct line *line = line_new(call);
	struct medium *medium;
	int r = beginning && line ? 0 :
		failure_errno(f, -ENOMEM, "cannot connect to the filter");

	if (r == 0)
		r = chore_find(service, what, &beginning->attachment, &medium,
			       f);
	if (r == 0)
		r = attachment_pin(beginning->attachment, f);
	if (r == 0) {
		beginning->line = line;
		beginning->layer = medium->layer;
		r = job_start(begin, begun, beginning);
		if (r == 0)
			return 0;
		attachment_unpin(beginning->attachment);
	}
	free(beginning);
	if (line)
		line_free(line);
	return failure_errno(f, r, "cannot connect to the filter");
}

void talks_begin(struct server_call *call, void *arg)
{
	struct failure f = { 0 };

	if (!server_wants_more(call))
		server_error(call, "org.varlink.service.ExpectedMore", NULL);
	else if (start(arg, call, &f) < 0)
		server_fail(call, &f);
}

/* A message on it. */

struct errand {
	struct line *line;
	struct server_call *call;
	struct json_object *reply;
	struct failure failure;
};

static int send_message(void *arg)
{
	struct errand *errand = arg;

	return exchange(errand->line->talk, server_parameters(errand->call),
			&errand->reply, &errand->failure);
}

static void sent(void *arg, int result)
{
	struct errand *errand = arg;
	struct line *line = errand->line;

	if (result < 0) {
		(void)failure_errno(&errand->failure, result,
				    "cannot send a message");
		server_fail(errand->call, &errand->failure);
	} else {
		server_reply(errand->call, errand->reply);
	}
	line->users--;
	if (line->gone)
		close_unless_used(line);
	free(errand);
}

/* Only who began it may use it. */
static struct line *find(struct server_call *call)
{
	uint64_t number = varlink_number(server_parameters(call), "talk");
	const struct peer *peer = server_peer(call);
	struct line *line = lines;

	while (line && (line->number != number || line->gone ||
			line->who.uid != peer->uid))
		line = line->next;
	return line;
}

void talks_message(struct server_call *call, void *arg)
{
	struct line *line = find(call);
	struct errand *errand;
	struct failure f = { 0 };
	int r = -ENOMEM;

	(void)arg;
	if (!line) {
		(void)failure_set(&f, -ENOENT, EXIT_NOT_FOUND,
				  "there is no such talk");
		server_fail(call, &f);
		return;
	}
	errand = calloc(1, sizeof(*errand));
	if (errand) {
		errand->line = line;
		errand->call = call;
		line->users++;
		r = job_start(send_message, sent, errand);
		if (r < 0)
			sent(errand, r);
		return;
	}
	(void)failure_errno(&f, r, "cannot send a message");
	server_fail(call, &f);
}
