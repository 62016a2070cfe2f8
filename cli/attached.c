/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attached.c - see attached.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "attached.h"
#include "cleanup.h"
#include "disk.h"
#include "escape.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

/* A passphrase may be typed meanwhile, or a flush take its time. */
#define WAIT_MS		30000u
#define WAIT_STEP_MS	50u

static void add_flag(struct json_object *parameters, const char *key,
		     bool flag)
{
	if (flag)
		json_object_object_add(parameters, key,
				       json_object_new_boolean(true));
}

static struct json_object *describe(const struct attached_wish *wish)
{
	struct json_object *parameters = json_object_new_object();

	if (wish->filter)
		verb_add_text(parameters, "filter", wish->filter);
	if (wish->sector)
		json_object_object_add(parameters, "sector",
				       json_object_new_uint64(wish->sector));
	add_flag(parameters, "read_only", wish->read_only);
	add_flag(parameters, "keep_going", wish->keep_going);
	add_flag(parameters, "loop", wish->loop);
	add_flag(parameters, "until_closed", wish->until_closed);
	return parameters;
}

int attached_new(const struct attached_wish *wish, struct json_object **ret,
		 struct failure *f)
{
	struct json_object *parameters, *answer = json_object_new_object();
	int fds[DISK_MAX_FDS + KEYS_MAX_FDS + AGENT_MAX_FDS], r;
	struct agent *agent = NULL;
	size_t n_fds = 0;

	parameters = describe(wish);
	r = disk_pass(wish->source, wish->read_only, parameters, fds, &n_fds,
		      f);
	if (r == 0)
		r = keys_pass(&wish->keys, parameters, fds, &n_fds, f);
	if (r == 0 && !keys_given(&wish->keys))
		r = agent_pass(&agent, parameters, fds, &n_fds, f);
	if (r == 0)
		r = service_call("Attach", parameters, fds, n_fds,
				 connect_join, answer, f);
	else
		json_object_put(parameters);
	agent_end(agent);
	while (n_fds > 0)
		(void)close(fds[--n_fds]);
	if (r < 0)
		json_object_put(answer);
	else
		*ret = answer;
	return r;
}

static int ask(const char *method, const char *name, struct json_object **ret,
	       struct failure *f)
{
	struct json_object *parameters = json_object_new_object();

	verb_add_text(parameters, "name", name);
	return service_collect(method, parameters, ret, f);
}

/* By the word itself, or the file that it is here. */
static int ask_either(const char *method, const char *name,
		      struct json_object **ret, struct failure *f)
{
	_cleanup_free_ char *path = NULL;
	int r = ask(method, name, ret, f);

	if (r == 0 || f->code != EXIT_NOT_FOUND || name[0] == '/' ||
	    disk_path(name, &path) < 0)
		return r;
	json_object_put(*ret);
	*f = (struct failure){ 0 };
	return ask(method, path, ret, f);
}

/* 1: it comes or goes just now. */
static int look(const char *name, struct json_object **ret, struct failure *f)
{
	struct json_object *answer = NULL, *attached;
	char safe[256];
	int r = ask_either("Status", name, &answer, f);

	attached = r < 0 ? NULL : json_object_array_get_idx(
		varlink_array(answer, "attachments"), 0);
	if (r == 0 && !streq(varlink_string(attached, "state"), "published")) {
		r = 1;
		(void)failure_set(f, -EBUSY, EXIT_BUSY,
				  "'%s' comes or goes just now (%s)",
				  escape(name, safe, sizeof(safe)),
				  varlink_string(attached, "state"));
	}
	if (r == 0)
		*ret = json_object_get(attached);
	json_object_put(answer);
	return r;
}

int attached_find(const char *name, struct json_object **ret,
		  struct failure *f)
{
	const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };

	for (unsigned ms = 0; ms < WAIT_MS; ms += WAIT_STEP_MS) {
		int r = look(name, ret, f);

		if (r <= 0)
			return r;
		*f = (struct failure){ 0 };
		(void)nanosleep(&step, NULL);
	}
	return look(name, ret, f) == 0 ? 0 : -EBUSY;
}

int attached_detach(const char *name, struct failure *f)
{
	struct json_object *answer = NULL;
	int r = ask_either("Detach", name, &answer, f);

	json_object_put(answer);
	return r;
}
