/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * modules.c - the verbs load, unload, match, list-modules, publish and reload:
 * what could start in the service
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "print.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

#define SUFFIX ".personality"

static const char about_load[] =
	"Loads the filter NAME and those that it needs, and lets its personalities\n"
	"count: every medium that one of them fits is matched. FILE.personality is one\n"
	"more, until the service ends. With --load-only they do not count yet: a debugger\n"
	"can be attached first, and \"filterctl match\" goes on.";

static const char about_unload[] =
	"Unloads the filter NAME, unless something stands by it or another filter needs\n"
	"it, and no medium is matched with its personalities any more until it is\n"
	"loaded again. With --personalities the code, and what stands by it, stays.";

static const char about_match[] =
	"Matches once more what could not be started, or was loaded with --load-only:\n"
	"with all personalities, those of the filter NAME included. What stands stays.";

static const char about_modules[] =
	"Lists the filters that are loaded in the service: by how many media and other\n"
	"filters each is used, and how many personalities of it count.";

static const char about_publish[] =
	"Says that NAME is there now, for the filters that wait for it with\n"
	"ResourceMatch=. Without one, lists what is.";

static const char about_reload[] =
	"Has the service read filterd.conf and its personalities again, and match what\n"
	"they fit. What stands stays.";

/* "needy 1.4 is loaded" */
static void print_loaded(struct json_object *answer, bool only)
{
	const char *name = varlink_string(answer, "name");
	const char *version = varlink_string(answer, "version");

	printf("%s%s%s is loaded", name, *version ? " " : "", version);
	if (!only) {
		printf("\n");
		return;
	}
	printf(", and not matched yet\n");
	printf("  gdb -p %llu             attaches a debugger\n",
	       (unsigned long long)varlink_number(answer, "pid"));
	printf("  filterctl match %s   goes on\n", name);
}

static bool is_file(const char *name)
{
	size_t len = strlen(name), end = strlen(SUFFIX);

	return len > end && streq(name + len - end, SUFFIX);
}

/* One call with the caller's own descriptor of the file, if it is one. */
static int load_one(const char *name, bool only, struct json_object **ret,
		    struct failure *f)
{
	struct json_object *parameters = json_object_new_object();
	_cleanup_fd_ int fd = -1;
	char safe[256];

	if (is_file(name)) {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0) {
			json_object_put(parameters);
			return failure_errno(f, -errno, "cannot open '%s'",
					     escape(name, safe,
						    sizeof(safe)));
		}
		json_object_object_add(parameters, "fd",
				       json_object_new_int(0));
	}
	verb_add_text(parameters, "name", name);
	if (only)
		json_object_object_add(parameters, "load_only",
				       json_object_new_boolean(true));
	*ret = json_object_new_object();
	return service_call("Load", parameters, &fd, fd >= 0, connect_join,
			    *ret, f);
}

int verb_load(int argc, char **argv)
{
	struct verb verb = { 0 };
	bool only = false;
	const struct options_entry entries[] = {
		{ "load-only", 0, OPTIONS_FLAG, NULL,
		  "match nothing with it yet", &only },
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl load", "NAME|FILE.personality...", about_load,
		entries,
	};
	struct json_object *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first == argc)
		r = options_misused(&usage, "load takes the name of a filter",
				    &verb.failure);
	for (int i = first; r == 0 && i < argc; i++) {
		r = load_one(argv[i], only, &answer, &verb.failure);
		if (r == 0 && verb.json)
			verb_print_json(answer);
		else if (r == 0)
			print_loaded(answer, only);
		json_object_put(answer);
		answer = NULL;
	}
	return verb_end(&verb, r);
}

int verb_unload(int argc, char **argv)
{
	struct verb verb = { 0 };
	bool only = false;
	const struct options_entry entries[] = {
		{ "personalities", 0, OPTIONS_FLAG, NULL,
		  "leave the code, and what stands by it", &only },
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl unload", "NAME", about_unload, entries,
	};
	struct json_object *parameters, *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "unload takes one filter's NAME",
				    &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		verb_add_text(parameters, "name", argv[first]);
		if (only)
			json_object_object_add(parameters,
				"personalities_only",
				json_object_new_boolean(true));
		r = service_collect("Unload", parameters, &answer,
				    &verb.failure);
	}
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0)
		printf("%s %spersonalities removed\n", argv[first],
		       only ? "is still loaded, its " : "is unloaded, its ");
	json_object_put(answer);
	return verb_end(&verb, r);
}

/* A verb that calls @method with one NAME, which may be left out. */
static int call_with_name(const char *method, const char *about,
			  const char *title, int argc, char **argv,
			  struct verb *verb, struct json_object **ret)
{
	const struct options_entry entries[] = {
		VERB_JSON(verb),
		{ NULL },
	};
	const struct options_usage usage = { title, "[NAME]", about, entries };
	struct json_object *parameters;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb->failure);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "that is one NAME too many",
				    &verb->failure);
	if (r != 0)
		return r;
	parameters = json_object_new_object();
	if (first < argc)
		verb_add_text(parameters, "name", argv[first]);
	r = service_collect(method, parameters, ret, &verb->failure);
	if (r == 0 && verb->json)
		verb_print_json(*ret);
	return r;
}

int verb_match(int argc, char **argv)
{
	struct verb verb = { 0 };
	struct json_object *answer = NULL;
	int r = call_with_name("Match", about_match, "filterctl match", argc,
			       argv, &verb, &answer);

	json_object_put(answer);
	return verb_end(&verb, r);
}

int verb_reload(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl reload", "", about_reload, entries,
	};
	struct json_object *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "reload takes no arguments",
				    &verb.failure);
	if (r == 0)
		r = service_collect("Reload", json_object_new_object(),
				    &answer, &verb.failure);
	if (r == 0 && verb.json)
		verb_print_json(answer);
	json_object_put(answer);
	return verb_end(&verb, r);
}

int verb_publish(int argc, char **argv)
{
	struct verb verb = { 0 };
	struct json_object *answer = NULL, *names;
	int r = call_with_name("Publish", about_publish, "filterctl publish",
			       argc, argv, &verb, &answer);

	names = varlink_array(answer, "resources");
	for (size_t i = 0; r == 0 && !verb.json && i < varlink_count(names);
	     i++)
		printf("%s\n", json_object_get_string(
			json_object_array_get_idx(names, i)));
	json_object_put(answer);
	return verb_end(&verb, r);
}

static const struct print_column columns[] = {
	{ "NAME", "name", PRINT_TEXT, false },
	{ "VERSION", "version", PRINT_TEXT, false },
	{ "INST", "instances", PRINT_NUMBER, false },
	{ "PERS", "personalities", PRINT_NUMBER, false },
	{ "DEPS", "dependents", PRINT_NUMBER, false },
	{ "NEEDS", "linked", PRINT_TEXT, false },
	{ "", "note", PRINT_TEXT, false },
	{ 0 },
};

/* "sample 1.3, sample-two 1.2" */
static void add_needs(struct json_object *row)
{
	struct json_object *needs = varlink_array(row, "needs");
	char text[256] = "";
	size_t at = 0;

	for (size_t i = 0; i < varlink_count(needs) && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
				       i ? ", " : "", json_object_get_string(
				       json_object_array_get_idx(needs, i)));
	verb_add_text(row, "linked", text);
	verb_add_text(row, "note", varlink_bool(row, "changed") ?
				   "its file has changed" : "");
}

int verb_list_modules(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl list-modules", "", about_modules, entries,
	};
	struct json_object *answer = NULL, *rows;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "list-modules takes no arguments",
				    &verb.failure);
	if (r == 0)
		r = service_collect("ListModules", json_object_new_object(),
				    &answer, &verb.failure);
	rows = varlink_array(answer, "modules");
	if (r == 0 && verb.json) {
		verb_print_json(answer);
	} else if (r == 0) {
		for (size_t i = 0; i < varlink_count(rows); i++)
			add_needs(json_object_array_get_idx(rows, i));
		r = print_table(rows, columns);
	}
	json_object_put(answer);
	return verb_end(&verb, r);
}
