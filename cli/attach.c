/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach.c - the verbs attach, detach and rescan: a source to the service, and
 * away
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "keys.h"
#include "print.h"
#include "service.h"
#include "varlink.h"
#include "verb.h"

static const char about_attach[] =
	"Has the service find, unlock and publish the volumes of SOURCE, a\n"
	"disk, partition or image; it holds them until they are detached.";

static const char about_rescan[] =
	"Has the service look again at NAME, or at all that it holds: whether\n"
	"its disk or image has another size, and what may stand there now.\n"
	"Without NAME also at all disks, as if they had just come.";

static const char about_detach[] =
	"Has the service flush and release the volumes of NAME: what was\n"
	"attached, by its name, source, directory or one of its volumes.";

struct attach {
	struct verb verb;
	struct keys keys;
	const char *filter;
	bool read_only, keep_going;
	uint64_t sector;
};

/* The service finds it from wherever it was started. */
static int add_source(struct json_object *parameters, const char *source,
		      struct failure *f)
{
	_cleanup_free_ char *here = NULL, *path = NULL;
	char safe[256];

	if (source[0] == '/') {
		verb_add_text(parameters, "source", source);
		return 0;
	}
	here = realpath(".", NULL);
	if (!here)
		return failure_errno(f, -errno, "cannot tell where '%s' is",
				     escape(source, safe, sizeof(safe)));
	if (asprintf(&path, "%s/%s", here, source) < 0) {
		path = NULL;
		return failure_errno(f, -ENOMEM, "cannot attach");
	}
	verb_add_text(parameters, "source", path);
	return 0;
}

static void add_flags(const struct attach *attach,
		      struct json_object *parameters)
{
	if (attach->filter)
		verb_add_text(parameters, "filter", attach->filter);
	if (attach->read_only)
		json_object_object_add(parameters, "read_only",
				       json_object_new_boolean(true));
	if (attach->keep_going)
		json_object_object_add(parameters, "keep_going",
				       json_object_new_boolean(true));
	if (attach->sector)
		json_object_object_add(parameters, "sector",
				json_object_new_uint64(attach->sector));
}

static void print_volumes(struct json_object *answer)
{
	struct json_object *volumes = varlink_array(answer, "volumes");
	const char *dir = varlink_string(answer, "path");

	for (size_t i = 0; i < varlink_count(volumes); i++)
		printf("%s/%s\n", dir, varlink_string(
			json_object_array_get_idx(volumes, i), "name"));
}

static int attach_source(struct attach *attach, const char *source)
{
	struct json_object *parameters = json_object_new_object();
	struct json_object *answer = json_object_new_object();
	struct failure *f = &attach->verb.failure;
	int fds[KEYS_MAX_FDS];
	size_t n_fds = 0;
	int r = add_source(parameters, source, f);

	add_flags(attach, parameters);
	if (r == 0)
		r = keys_pass(&attach->keys, parameters, fds, &n_fds, f);
	if (r == 0)
		r = service_call("Attach", parameters, fds, n_fds,
				 connect_join, answer, f);
	else
		json_object_put(parameters);
	while (n_fds > 0)
		(void)close(fds[--n_fds]);
	if (r == 0 && attach->verb.json)
		verb_print_json(answer);
	else if (r == 0)
		print_volumes(answer);
	json_object_put(answer);
	return r;
}

int verb_attach(int argc, char **argv)
{
	struct attach attach = { .keys = KEYS_NONE };
	struct failure *f = &attach.verb.failure;
	const struct options_entry entries[] = {
		{ "read-only", 'r', OPTIONS_FLAG, NULL,
		  "write nothing to SOURCE", &attach.read_only },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &attach.filter },
		{ "keep-going", 0, OPTIONS_FLAG, NULL,
		  "publish the rest when a volume cannot be opened",
		  &attach.keep_going },
		KEYS_OPTIONS(&attach.keys),
		VERB_SECTOR(&attach.sector),
		VERB_JSON(&attach.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl attach", "SOURCE[:N]", about_attach, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "attach takes one SOURCE", f);
	if (r == 0)
		r = keys_check(&attach.keys, f);
	if (r == 0)
		r = attach_source(&attach, argv[first]);
	return verb_end(&attach.verb, r);
}

static void say_step(void *arg, struct json_object *piece)
{
	const struct verb *verb = arg;
	const char *text = varlink_string(piece, "text");

	if (text[0] != '\0' && !verb->json)
		fprintf(stderr, "%s\n", text);
}

int verb_detach(int argc, char **argv)
{
	struct verb verb = { 0 };
	bool lazy = false, force = false;
	const struct options_entry entries[] = {
		{ "force", 'f', OPTIONS_FLAG, NULL, "take the volumes from "
		  "whoever has them open: their requests fail", &force },
		VERB_JSON(&verb),
		{ "lazy", 'l', OPTIONS_FLAG, NULL, "take the names away now, "
		  "and detach when the last user has closed", &lazy },
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl detach", "NAME", about_detach, entries,
	};
	struct json_object *parameters;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "detach takes one NAME",
				    &verb.failure);
	if (r == 0 && lazy && force)
		r = options_misused(&usage, "either --lazy or --force",
				    &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		verb_add_text(parameters, "name", argv[first]);
		if (lazy || force)
			verb_add_text(parameters, "way",
				      lazy ? "lazy" : "force");
		r = service_call("Detach", parameters, NULL, 0, say_step,
				 &verb, &verb.failure);
	}
	if (r == 0 && !verb.json)
		fprintf(stderr, lazy ? "'%s' has no names any more; its disk "
			"is released when the last user has closed\n" :
			"'%s' is detached, its disk released\n",
			argv[first]);
	return verb_end(&verb, r);
}

int verb_rescan(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl rescan", "[NAME]", about_rescan, entries,
	};
	struct json_object *parameters = json_object_new_object();
	struct json_object *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "rescan takes one NAME, or none",
				    &verb.failure);
	if (r == 0 && first < argc)
		verb_add_text(parameters, "name", argv[first]);
	if (r == 0)
		r = service_collect("Rescan", parameters, &answer,
				    &verb.failure);
	else
		json_object_put(parameters);
	if (r == 0 && verb.json)
		verb_print_json(answer);
	json_object_put(answer);
	return verb_end(&verb, r);
}
