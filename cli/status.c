/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * status.c - the verb status: what the service holds
 */
#include <stdio.h>
#include <string.h>

#include "histogram.h"
#include "parse.h"
#include "print.h"
#include "service.h"
#include "tally.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
	"Shows what the service holds: each source that is attached, or the\n"
	"one with this NAME, and its volumes. Of one, also what its filters\n"
	"count.";

static const struct print_column columns[] = {
	{ "NAME", "name", PRINT_TEXT, true },
	{ "SIZE", "size", PRINT_SIZE, false },
	{ "", "writable", PRINT_WRITABLE, false },
	{ "STATE", "state", PRINT_TEXT, false },
	{ "PATH", "path", PRINT_TEXT, false },
	{ 0 },
};

/* A row for the source, and one below it for each volume. */
static void add_rows(struct json_object *rows, struct json_object *attachment)
{
	struct json_object *row = json_object_new_object(), *source;
	struct json_object *volumes = varlink_array(attachment, "volumes");
	const char *name = varlink_string(attachment, "name");

	verb_add_text(row, "name", name);
	verb_add_text(row, "state", varlink_string(attachment, "state"));
	if (json_object_object_get_ex(attachment, "source", &source)) {
		verb_add_text(row, "path", varlink_string(source, "path"));
		json_object_object_add(row, "size", json_object_new_uint64(
			varlink_number(source, "size")));
		json_object_object_add(row, "writable",
			json_object_new_boolean(
				varlink_bool(source, "writable")));
	}
	json_object_array_add(rows, row);
	for (size_t i = 0; i < varlink_count(volumes); i++) {
		row = json_object_get(json_object_array_get_idx(volumes, i));
		verb_add_text(row, "parent", name);
		json_object_array_add(rows, row);
	}
}

static int show(struct json_object *answer)
{
	struct json_object *list = varlink_array(answer, "attachments");
	struct json_object *rows, *service;
	int r = 0;

	if (json_object_object_get_ex(answer, "service", &service))
		printf("filterd %s, pid %llu%s\n",
		       varlink_string(service, "version"),
		       (unsigned long long)varlink_number(service, "pid"),
		       varlink_bool(service, "stopping") ? ", stopping" : "");
	if (varlink_count(list) == 0) {
		printf("nothing is attached\n");
		return 0;
	}
	rows = json_object_new_array();
	for (size_t i = 0; i < varlink_count(list); i++)
		add_rows(rows, json_object_array_get_idx(list, i));
	printf("\n");
	r = print_table(rows, columns);
	json_object_put(rows);
	return r;
}

static const struct print_column figure_columns[] = {
	{ "COUNTED", "name", PRINT_TEXT, false },
	{ "", "value", PRINT_RIGHT, false },
	{ 0 },
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && streq(text + len - end_len, end);
}

/* A number as its key says: in bytes, in time, of a thousand, or as it is. */
static void format(const char *key, uint64_t value, char text[32])
{
	if (ends_with(key, "_bytes"))
		(void)format_size(value, text);
	else if (ends_with(key, "_ns"))
		(void)histogram_format(value, text);
	else if (ends_with(key, "_permille"))
		(void)snprintf(text, 32, "%.1f %%", (double)value / 10);
	else
		(void)snprintf(text, 32, "%llu", (unsigned long long)value);
}

/* "reads_count" is "reads": the number tells of what kind it is. */
static void add_figure(struct json_object *rows, struct json_object *figure)
{
	const char *key = varlink_string(figure, "key");
	const char *kind = strrchr(key, '_');
	struct json_object *row = json_object_new_object();
	char text[32];

	format(key, varlink_number(figure, "value"), text);
	json_object_object_add(row, "name", json_object_new_string_len(key,
		(int)(kind ? kind - key : (ptrdiff_t)strlen(key))));
	verb_add_text(row, "value", text);
	json_object_array_add(rows, row);
}

static int show_figures(const struct tally *tally)
{
	struct json_object *rows;
	int r;

	if (varlink_count(tally->figures) == 0)
		return 0;
	rows = json_object_new_array();
	for (size_t i = 0; i < varlink_count(tally->figures); i++)
		add_figure(rows, json_object_array_get_idx(tally->figures,
							   i));
	printf("\n%s: filter %s\n", tally->medium, tally->filter);
	r = print_table_below(rows, figure_columns, "  ");
	json_object_put(rows);
	return r;
}

/* What is just coming or going has no figures, and is no error. */
static int show_filters(const char *name)
{
	struct failure none = { 0 };
	struct tallies tallies;
	int r = 0;

	if (tallies_ask(name, &tallies, &none) < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < tallies.n; i++)
		r = show_figures(&tallies.list[i]);
	tallies_clear(&tallies);
	return r;
}

int verb_status(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl status", "[NAME]", about, entries,
	};
	struct json_object *parameters, *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "status takes one NAME",
				    &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		if (first < argc)
			verb_add_text(parameters, "name", argv[first]);
		r = service_collect("Status", parameters, &answer,
				    &verb.failure);
	}
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0)
		r = show(answer);
	if (r == 0 && !verb.json && first < argc)
		r = show_filters(argv[first]);
	json_object_put(answer);
	return verb_end(&verb, r);
}
