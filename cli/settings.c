/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settings.c - the verbs get and set: the settings of a filter that runs
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about_get[] =
	"Shows the settings of a filter that runs, or the value of one. NAME is\n"
	"its volume, class:FILTER, id:N, or a source with one filter.";

static const char about_set[] =
	"Changes settings of a filter that runs, those that it declares LIVE\n"
	"(\"filterctl get\" marks them), in this order. NAME is as for get.";

static const struct print_column columns[] = {
	{ "SETTING", "name", PRINT_TEXT, false },
	{ "VALUE", "value", PRINT_TEXT, false },
	{ "TYPE", "type", PRINT_TEXT, false },
	{ "", "when", PRINT_TEXT, false },
	{ "", "summary", PRINT_TEXT, false },
	{ 0 },
};

static int print_value(struct json_object *settings, const char *name,
		       struct failure *f)
{
	for (size_t i = 0; i < varlink_count(settings); i++) {
		struct json_object *at = json_object_array_get_idx(settings,
								   i);

		if (!streq(varlink_string(at, "name"), name))
			continue;
		printf("%s\n", varlink_string(at, "value"));
		return 0;
	}
	failure_hint(f, "without a setting, \"filterctl get\" shows all");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "there is no such setting");
}

static int print_all(struct json_object *settings)
{
	for (size_t i = 0; i < varlink_count(settings); i++) {
		struct json_object *at = json_object_array_get_idx(settings,
								   i);

		verb_add_text(at, "when", varlink_bool(at, "live") ? "live" :
								     "");
	}
	return print_table(settings, columns);
}

int verb_get(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl get", "NAME [SETTING]", about_get, entries,
	};
	struct json_object *parameters, *answer = NULL, *settings;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && (argc - first < 1 || argc - first > 2))
		r = options_misused(&usage, "get takes a NAME, and maybe a "
				    "SETTING", &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		verb_add_text(parameters, "name", argv[first]);
		r = service_collect("GetSettings", parameters, &answer,
				    &verb.failure);
	}
	settings = varlink_array(answer, "settings");
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0 && argc - first == 2)
		r = print_value(settings, argv[first + 1], &verb.failure);
	else if (r == 0)
		r = print_all(settings);
	json_object_put(answer);
	return verb_end(&verb, r);
}

/* "KEY=VALUE" of the command line. */
static int add_setting(struct json_object *list, const char *text,
		       const struct options_usage *usage, struct failure *f)
{
	const char *equals = strchr(text, '=');
	struct json_object *object;

	if (!equals || equals == text)
		return options_misused(usage, "a setting is KEY=VALUE", f);
	object = json_object_new_object();
	json_object_object_add(object, "name", json_object_new_string_len(
		text, (int)(equals - text)));
	verb_add_text(object, "value", equals + 1);
	json_object_array_add(list, object);
	return 0;
}

static void print_changes(struct json_object *answer)
{
	struct json_object *changes = varlink_array(answer, "changes");

	for (size_t i = 0; i < varlink_count(changes); i++) {
		struct json_object *at = json_object_array_get_idx(changes,
								   i);

		printf("%s: %s -> %s\n", varlink_string(at, "name"),
		       varlink_string(at, "before"),
		       varlink_string(at, "value"));
	}
}

int verb_set(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl set", "NAME KEY=VALUE...", about_set, entries,
	};
	struct json_object *parameters = json_object_new_object();
	struct json_object *list = json_object_new_array(), *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	json_object_object_add(parameters, "settings", list);
	if (r == 0 && argc - first < 2)
		r = options_misused(&usage, "set takes a NAME and settings",
				    &verb.failure);
	for (int i = first + 1; r == 0 && i < argc; i++)
		r = add_setting(list, argv[i], &usage, &verb.failure);
	if (r == 0) {
		verb_add_text(parameters, "name", argv[first]);
		r = service_collect("SetSettings", parameters, &answer,
				    &verb.failure);
	} else {
		json_object_put(parameters);
	}
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0)
		print_changes(answer);
	json_object_put(answer);
	return verb_end(&verb, r);
}
