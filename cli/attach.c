/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach.c - the verbs attach, detach and rescan: a source to the service, and
 * away
 */
#include <stdio.h>

#include "attached.h"
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

static void print_volumes(struct json_object *answer)
{
	struct json_object *volumes = varlink_array(answer, "volumes");

	for (size_t i = 0; i < varlink_count(volumes); i++) {
		struct json_object *volume =
			json_object_array_get_idx(volumes, i);
		const char *loop = varlink_string(volume, "loop");

		printf("%s%s%s\n", varlink_string(volume, "path"),
		       *loop ? "  " : "", loop);
	}
}

static int attach(struct verb *verb, const struct attached_wish *wish)
{
	struct json_object *answer = NULL;
	int r = keys_check(&wish->keys, &verb->failure);

	if (r == 0)
		r = attached_new(wish, &answer, &verb->failure);
	if (r == 0 && verb->json)
		verb_print_json(answer);
	else if (r == 0)
		print_volumes(answer);
	json_object_put(answer);
	return r;
}

int verb_attach(int argc, char **argv)
{
	struct attached_wish wish = { .keys = KEYS_NONE };
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		{ "read-only", 'r', OPTIONS_FLAG, NULL,
		  "write nothing to SOURCE", &wish.read_only },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &wish.filter },
		{ "keep-going", 0, OPTIONS_FLAG, NULL,
		  "publish the rest when a volume cannot be opened",
		  &wish.keep_going },
		{ "loop", 0, OPTIONS_FLAG, NULL,
		  "a loop device on each volume", &wish.loop },
		KEYS_OPTIONS(&wish.keys),
		VERB_SECTOR(&wish.sector),
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl attach", "SOURCE[:N]", about_attach, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "attach takes one SOURCE",
				    &verb.failure);
	if (r == 0) {
		wish.source = argv[first];
		r = attach(&verb, &wish);
	}
	return verb_end(&verb, r);
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
