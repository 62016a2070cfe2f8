/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * media.c - filterctl list-media
 */
#include <errno.h>
#include <stdio.h>

#include "connect.h"
#include "failure-json.h"
#include "print.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Lists the media of these disks or image files, or of all disks that you may\n"
"read.  Nothing is written, claimed or asked.\n";

static const struct print_column columns[] = {
	{ "NAME", "name", PRINT_TEXT, true },
	{ "CONTENT", "content", PRINT_TEXT, false },
	{ "SIZE", "size", PRINT_SIZE, false },
	{ "GRANULE", "granule", PRINT_NUMBER, false },
	{ "RW", "writable", PRINT_WRITABLE, false },
	{ "TYPE", "type", PRINT_TEXT, false },
	{ "SIGNATURE", "signature", PRINT_TYPE, false },
	{ "LABEL", "label", PRINT_TEXT, false },
	{ NULL },
};

/* The first source that could not be looked at decides the exit code; the
   others are told of now. */
static void take_failure(struct verb *verb, struct json_object *failure)
{
	struct failure f = { 0 };

	(void)failure_json_take(&f, failure, "");
	if (verb->failure.code == EXIT_OK)
		verb->failure = f;
	else if (!verb->json)
		failure_print(&f, "filterctl");
}

/* What is known and not opened, and what can be done. */
static void tell_known(struct json_object *media)
{
	struct json_object *known;

	for (size_t i = 0; i < varlink_count(media); i++) {
		struct json_object *medium =
			json_object_array_get_idx(media, i);

		if (json_object_object_get_ex(medium, "known", &known))
			fprintf(stderr, "%s: %s\n  hint: %s\n",
				varlink_string(medium, "name"),
				varlink_string(known, "name"),
				varlink_string(known, "next"));
	}
}

static int show(struct verb *verb, struct json_object *answer)
{
	struct json_object *failures = varlink_array(answer, "failures");
	int r = 0;

	if (verb->json)
		verb_print_json(answer);
	else
		r = print_table(varlink_array(answer, "media"), columns);
	if (r < 0)
		return r;
	if (!verb->json && fflush(stdout) == 0)
		tell_known(varlink_array(answer, "media"));
	for (size_t i = 0; i < varlink_count(failures); i++)
		take_failure(verb, json_object_array_get_idx(failures, i));
	return 0;
}

static int list(struct verb *verb, char **sources, size_t n, uint64_t sector)
{
	struct json_object *parameters = verb_parameters(verb), *answer;
	int r;

	verb_add_list(parameters, "sources", (const char *const *)sources, n);
	json_object_object_add(parameters, "sector",
			       json_object_new_uint64(sector));
	r = connect_collect("ListMedia", parameters, &answer,
			    &verb->failure);
	if (r == 0)
		r = show(verb, answer);
	if (r == 0 && n == 0 && !verb->json &&
	    !json_object_object_get_ex(answer, "media", NULL))
		fprintf(stderr, "there is no disk that you may read; name an "
			"image to look into it\n");
	json_object_put(answer);
	return r;
}

int verb_list_media(int argc, char **argv)
{
	struct verb verb = { 0 };
	uint64_t sector = 0;
	const struct options_entry entries[] = {
		VERB_SECTOR(&sector),
		VERB_OPTIONS(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl list-media", "[SOURCE...]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0)
		r = list(&verb, argv + first, (size_t)(argc - first), sector);
	return verb_end(&verb, r);
}
