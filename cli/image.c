/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.c - filterctl image create
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "connect.h"
#include "escape.h"
#include "parse.h"
#include "suggest.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Makes a disk image with a partition map.  SIZE is 64M, 2GiB ..., of one\n"
"partition \"rest\"; TYPE a UUID, 0xNN, an Apple type, or an alias such as\n"
"linux-data, luks, esp.  The short form, --megabytes N --partition-type T,\n"
"makes an Apple map with one partition.  A file is never overwritten.\n";

struct create {
	struct verb verb;
	const char *path;
	uint64_t size, megabytes, sector;
	const char *scheme, *type;
	struct options_list partitions;
	bool dry_run;
};

/* "SIZE:TYPE[:NAME]"; the name may hold colons. */
static int add_partition(struct json_object *array, const char *text,
			 struct failure *f)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *size, *type, safe[128];
	struct json_object *object;

	size = strsep(&rest, ":");
	type = rest ? strsep(&rest, ":") : NULL;
	if (!copy || !type || !*size || !*type)
		return failure_set(f, -EINVAL, EXIT_USAGE, "--partition "
				   "takes SIZE:TYPE[:NAME], not '%s'",
				   escape(text, safe, sizeof(safe)));
	object = json_object_new_object();
	verb_add_text(object, "size", size);
	verb_add_text(object, "type", type);
	if (rest)
		verb_add_text(object, "name", rest);
	json_object_array_add(array, object);
	return 0;
}

static int add_partitions(const struct create *create,
			  struct json_object *array, struct failure *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < create->partitions.n; i++)
		r = add_partition(array, create->partitions.items[i], f);
	if (r == 0 && create->type) {
		struct json_object *object = json_object_new_object();

		verb_add_text(object, "size", "rest");
		verb_add_text(object, "type", create->type);
		json_object_array_add(array, object);
	}
	return r;
}

static int check(struct create *create, struct failure *f)
{
	if (create->megabytes > 0 && create->size > 0)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--megabytes and --size exclude each "
				   "other");
	if (create->megabytes > UINT64_MAX >> 20)
		return failure_set(f, -ERANGE, EXIT_USAGE,
				   "--megabytes is too large");
	if (create->megabytes > 0)
		create->size = create->megabytes << 20;
	if (create->size == 0)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "how large? --size 64M");
	if (create->type && create->partitions.n > 0)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--partition-type and --partition exclude "
				   "each other");
	/* As the tool that the short form is named after does. */
	if (!create->scheme && create->type)
		create->scheme = "apple";
	if (!create->scheme)
		return failure_set(f, -EINVAL, EXIT_USAGE, "which map? "
				   "--scheme apple, gpt, mbr or none");
	return 0;
}

static int create_image(struct create *create, struct failure *f)
{
	struct json_object *parameters, *answer, *array;
	char size[FORMAT_SIZE_LEN], safe[256];
	int r = check(create, f);

	if (r < 0)
		return r;
	parameters = verb_parameters(&create->verb);
	array = json_object_new_array();
	r = add_partitions(create, array, f);
	json_object_object_add(parameters, "partitions", array);
	if (r < 0) {
		json_object_put(parameters);
		return r;
	}
	verb_add_text(parameters, "path", create->path);
	verb_add_text(parameters, "scheme", create->scheme);
	json_object_object_add(parameters, "size",
			       json_object_new_uint64(create->size));
	json_object_object_add(parameters, "sector",
			       json_object_new_uint64(create->sector));
	json_object_object_add(parameters, "dry_run",
			       json_object_new_boolean(create->dry_run));
	r = connect_collect("CreateImage", parameters, &answer, f);
	escape(create->path, safe, sizeof(safe));
	if (r == 0 && create->verb.json) {
		verb_add_text(answer, "path", safe);
		json_object_object_add(answer, "size",
				       json_object_new_uint64(create->size));
		json_object_object_add(answer, "dry_run",
			json_object_new_boolean(create->dry_run));
		verb_print_json(answer);
	} else if (r == 0)
		fprintf(stderr, "%s '%s', %s\n",
			create->dry_run ? "would make" : "made", safe,
			format_size(create->size, size));
	json_object_put(answer);
	return r;
}

static int create(int argc, char **argv)
{
	struct create create = { .sector = 512 };
	struct failure *f = &create.verb.failure;
	const struct options_entry entries[] = {
		{ "size", 0, OPTIONS_SIZE, "SIZE", "of the image",
		  &create.size },
		{ "scheme", 0, OPTIONS_TEXT, "NAME",
		  "apple, gpt, mbr or none", &create.scheme },
		{ "partition", 0, OPTIONS_LIST, "SIZE:TYPE[:NAME]",
		  "a partition; may be given again", &create.partitions },
		{ "megabytes", 0, OPTIONS_NUMBER, "N",
		  "of the image, the short form", &create.megabytes },
		{ "partition-type", 0, OPTIONS_TEXT, "TYPE",
		  "of its one partition", &create.type },
		{ "sector-size", 0, OPTIONS_SIZE, "N",
		  "512 or 4096; 512 unless given", &create.sector },
		VERB_DRY_RUN(&create.dry_run),
		VERB_OPTIONS(&create.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl image create", "--size SIZE --scheme NAME "
		"[--partition ...] FILE", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "image create takes one FILE", f);
	if (r == 0) {
		create.path = argv[first];
		r = create_image(&create, f);
	}
	options_list_clear(&create.partitions);
	return verb_end(&create.verb, r);
}

int verb_image(int argc, char **argv)
{
	static const char *const acts[] = { "create" };
	struct verb verb = { .json = options_want_json(argv) };
	const char *guess;
	char safe[64];

	if (argc > 1 && streq(argv[1], "create"))
		return create(argc - 1, argv + 1);
	/* The one act that there is. */
	if (argc > 1 && (streq(argv[1], "--help") || streq(argv[1], "-h")))
		return create(argc, argv);
	guess = argc > 1 ? suggest(argv[1], acts, ARRAY_SIZE(acts)) : NULL;
	if (guess)
		failure_hint(&verb.failure, "did you mean %s?", guess);
	failure_hint(&verb.failure, "there is: filterctl image create");
	return verb_end(&verb, argc > 1 ?
		failure_set(&verb.failure, -EINVAL, EXIT_USAGE,
			    "images cannot '%s'",
			    escape(argv[1], safe, sizeof(safe))) :
		failure_set(&verb.failure, -EINVAL, EXIT_USAGE,
			    "image needs to be told what to do"));
}
