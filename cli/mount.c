/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.c - filterctl mount: a disk or image to a mounted file system
 */
#include <errno.h>
#include <stdio.h>

#include "mounting.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Attaches SOURCE, a disk or an image, puts a loop device on its volume, and\n"
"mounts the file system on that.  umount(8), or filterctl umount, which waits\n"
"until the disk is released, takes all of it down again.\n";

static void report(const struct verb *verb, struct json_object *answer)
{
	if (verb->json)
		verb_print_json(answer);
	else
		fprintf(stderr, "mounted '%s' (%s) on '%s'\n",
			varlink_string(answer, "volume"),
			varlink_string(answer, "loop"),
			varlink_string(answer, "dir"));
}

static int run(struct verb *verb, const struct mounting *mounting)
{
	struct json_object *answer = NULL;
	int r = keys_check(&mounting->keys, &verb->failure);

	if (r == 0)
		r = mounting_run(mounting, &answer, &verb->failure);
	if (r == 0)
		report(verb, answer);
	json_object_put(answer);
	return r;
}

int verb_mount(int argc, char **argv)
{
	struct verb verb = { 0 };
	struct mounting mounting = { .keys = KEYS_NONE };
	const struct options_entry entries[] = {
		{ "type", 't', OPTIONS_TEXT, "TYPE",
		  "of the file system; looked for unless given",
		  &mounting.type },
		{ "options", 'o', OPTIONS_TEXT, "LIST", "for mount(8)",
		  &mounting.options },
		{ "read-only", 'r', OPTIONS_FLAG, NULL,
		  "nothing on SOURCE is changed", &mounting.read_only },
		{ "volume", 0, OPTIONS_TEXT, "NAME",
		  "which, where there are several", &mounting.volume },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &mounting.filter },
		KEYS_OPTIONS(&mounting.keys),
		VERB_SECTOR(&mounting.sector),
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl mount", "[OPTIONS] SOURCE DIR", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first != 2)
		r = options_misused(&usage, "mount takes SOURCE and DIR",
				    &verb.failure);
	if (r == 0) {
		mounting.source = argv[first];
		mounting.dir = argv[first + 1];
		r = run(&verb, &mounting);
	}
	return verb_end(&verb, r);
}
