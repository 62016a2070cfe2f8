/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filters.c - filterctl list-filters
 */
#include <errno.h>
#include <stdio.h>

#include "connect.h"
#include "print.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Lists the filters and partition maps that are installed; with -v also the\n"
"settings of each filter and the personalities that use it.\n";

static const struct print_column columns[] = {
	{ "NAME", "name", PRINT_TEXT, false },
	{ "KIND", "kind", PRINT_TEXT, false },
	{ "VERSION", "version", PRINT_TEXT, false },
	{ "PERSONALITIES", "personalities", PRINT_COUNT, false },
	{ "SUMMARY", "summary", PRINT_TEXT, false },
	{ NULL },
};

static void print_words(struct json_object *array)
{
	for (size_t i = 0; i < varlink_count(array); i++)
		printf(" %s", json_object_get_string(
			json_object_array_get_idx(array, i)));
}

static void print_setting(struct json_object *setting)
{
	const char *preset = varlink_string(setting, "preset");

	printf("    %s=%s", varlink_string(setting, "name"),
	       varlink_string(setting, "type"));
	if (varlink_count(varlink_array(setting, "choices")) > 0) {
		printf(":");
		print_words(varlink_array(setting, "choices"));
	}
	printf("\n        %s", varlink_string(setting, "summary"));
	if (*preset)
		printf("; preset %s", preset);
	if (varlink_bool(setting, "required"))
		printf("; required");
	printf("\n");
}

static void print_personality(struct json_object *personality)
{
	struct json_object *conditions = varlink_array(personality,
						       "conditions");

	printf("    %s (score %lld, category %s)\n        %s\n",
	       varlink_string(personality, "name"),
	       (long long)json_object_get_int64(
			json_object_object_get(personality, "score")),
	       varlink_string(personality, "category"),
	       varlink_string(personality, "file"));
	for (size_t i = 0; i < varlink_count(conditions); i++) {
		struct json_object *condition =
			json_object_array_get_idx(conditions, i);

		printf("        %s =", varlink_string(condition, "key"));
		print_words(varlink_array(condition, "words"));
		printf("\n");
	}
}

static void print_filter(struct json_object *filter)
{
	struct json_object *settings = varlink_array(filter, "settings");
	struct json_object *verbs = varlink_array(filter, "verbs");
	struct json_object *personalities = varlink_array(filter,
							  "personalities");
	struct json_object *needs = varlink_array(filter, "needs");
	const char *error = varlink_string(filter, "error");

	printf("%s%s%s - %s\n", varlink_string(filter, "name"),
	       *varlink_string(filter, "version") ? " " : "",
	       varlink_string(filter, "version"),
	       varlink_string(filter, "summary"));
	if (*varlink_string(filter, "path"))
		printf("  %s\n", varlink_string(filter, "path"));
	if (*error)
		printf("  cannot be loaded: %s\n", error);
	for (size_t i = 0; i < varlink_count(needs); i++)
		printf("  needs %s\n", json_object_get_string(
			json_object_array_get_idx(needs, i)));
	if (varlink_count(settings) > 0)
		printf("  settings:\n");
	for (size_t i = 0; i < varlink_count(settings); i++)
		print_setting(json_object_array_get_idx(settings, i));
	for (size_t i = 0; i < varlink_count(verbs); i++) {
		struct json_object *verb = json_object_array_get_idx(verbs, i);

		printf("  verb %s: %s\n", varlink_string(verb, "name"),
		       varlink_string(verb, "summary"));
	}
	if (varlink_count(personalities) > 0)
		printf("  personalities:\n");
	for (size_t i = 0; i < varlink_count(personalities); i++)
		print_personality(json_object_array_get_idx(personalities,
							    i));
	printf("\n");
}

static int list(struct verb *verb, bool verbose)
{
	struct json_object *answer, *filters;
	int r = connect_collect("ListFilters", verb_parameters(verb),
				&answer, &verb->failure);

	filters = varlink_array(answer, "filters");
	if (r == 0 && verb->json)
		verb_print_json(answer);
	else if (r == 0 && verbose)
		for (size_t i = 0; i < varlink_count(filters); i++)
			print_filter(json_object_array_get_idx(filters, i));
	else if (r == 0)
		r = print_table(filters, columns);
	json_object_put(answer);
	return r;
}

int verb_list_filters(int argc, char **argv)
{
	struct verb verb = { 0 };
	bool verbose = false;
	const struct options_entry entries[] = {
		{ "verbose", 'v', OPTIONS_FLAG, NULL,
		  "settings and personalities too", &verbose },
		VERB_OPTIONS(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl list-filters", "[-v]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "list-filters takes no argument",
				    &verb.failure);
	if (r == 0)
		r = list(&verb, verbose);
	return verb_end(&verb, r);
}
