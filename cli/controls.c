/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * controls.c - the verb ctl: control messages to a filter that runs
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dialogue.h"
#include "hex.h"
#include "parse.h"
#include "print.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

#define ROOM_MAX 65536u

static const char about[] =
	"Sends control messages to a filter that runs; its manual page says what\n"
	"their codes and bytes mean. NAME is its volume, class:FILTER, id:N, or a\n"
	"source with one filter.\n"
	"\n"
	"  list                  the filters that take messages\n"
	"  get NAME CODE         ask, and show the answer\n"
	"  set NAME CODE DATA    send DATA (with --hex, hexadecimal digits)\n"
	"  talk NAME             stay connected: a line \"CODE [DATA]\" is sent, and\n"
	"                        what the filter sends unasked is shown as it comes";

static const struct print_column columns[] = {
	{ "MEDIUM", "medium", PRINT_TEXT, false },
	{ "FILTER", "filter", PRINT_TEXT, false },
	{ "", "use", PRINT_TEXT, false },
	{ 0 },
};

struct controls {
	struct verb verb;
	const struct options_usage *usage;
	bool hex, raw;
	uint64_t size;			/* of the answer, at most */
};

static int list(struct controls *controls)
{
	struct json_object *answer, *rows;
	int r = service_collect("ListControls", json_object_new_object(),
				&answer, &controls->verb.failure);

	rows = varlink_array(answer, "controls");
	for (size_t i = 0; i < varlink_count(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		verb_add_text(row, "use", varlink_bool(row, "connected") ?
					  "connected" : "");
	}
	if (r == 0 && controls->verb.json)
		verb_print_json(answer);
	else if (r == 0 && varlink_count(rows) > 0)
		r = print_table(rows, columns);
	else if (r == 0)
		printf("no filter that runs takes messages\n");
	json_object_put(answer);
	return r;
}

/* As hexdump(1) shows bytes, without its letters. */
static void print_bytes(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 16) {
		printf("%04zx ", i);
		for (size_t j = i; j < len && j < i + 16; j++)
			printf(" %02x", bytes[j]);
		printf("\n");
	}
}

static int print_answer(const struct controls *controls,
			struct json_object *answer, struct failure *f)
{
	_cleanup_free_ unsigned char *bytes = NULL;
	struct json_object *needed;
	size_t len;
	int r;

	if (json_object_object_get_ex(answer, "needed", &needed))
		return failure_set(f, -ERANGE, EXIT_FAILED,
				   "the answer has %llu bytes: more than "
				   "--size allows", (unsigned long long)
				   json_object_get_uint64(needed));
	if (controls->verb.json) {
		verb_print_json(answer);
		return 0;
	}
	r = hex_read(varlink_string(answer, "data"), &bytes, &len);
	if (r < 0)
		return failure_errno(f, r, "cannot read the answer");
	if (controls->raw)
		(void)fwrite(bytes, 1, len, stdout);
	else
		print_bytes(bytes, len);
	return 0;
}

static int add_code(struct controls *controls, struct json_object *parameters,
		    const char *text)
{
	uint64_t code;

	if (parse_u64(text, &code) < 0 || code > UINT32_MAX)
		return options_misused(controls->usage,
				       "a CODE is a number of 32 bits",
				       &controls->verb.failure);
	json_object_object_add(parameters, "code",
			       json_object_new_uint64(code));
	return 0;
}

static int add_data(struct controls *controls, struct json_object *parameters,
		    const char *text)
{
	_cleanup_free_ char *digits = controls->hex ? strdup(text) :
				      hex_write(text, strlen(text));

	if (!digits)
		return failure_errno(&controls->verb.failure, -ENOMEM,
				     "cannot send a message");
	verb_add_text(parameters, "data", digits);
	return 0;
}

/* @data: NULL to ask alone. */
static int send_one(struct controls *controls, const char *name,
		    const char *code, const char *data)
{
	struct json_object *parameters = json_object_new_object();
	struct failure *f = &controls->verb.failure;
	struct json_object *answer = NULL;
	int r = add_code(controls, parameters, code);

	verb_add_text(parameters, "name", name);
	json_object_object_add(parameters, "room",
			       json_object_new_uint64(controls->size));
	if (r == 0 && data)
		r = add_data(controls, parameters, data);
	if (r < 0) {
		json_object_put(parameters);
		return r;
	}
	r = service_collect("Control", parameters, &answer, f);
	if (r == 0)
		r = print_answer(controls, answer, f);
	json_object_put(answer);
	return r;
}

static int run(struct controls *controls, int argc, char **argv)
{
	const char *what = argc > 0 ? argv[0] : "";

	if (streq(what, "list") && argc == 1)
		return list(controls);
	if (streq(what, "get") && argc == 3)
		return send_one(controls, argv[1], argv[2], NULL);
	if (streq(what, "set") && argc == 4)
		return send_one(controls, argv[1], argv[2], argv[3]);
	if (streq(what, "talk") && argc == 2)
		return dialogue_run(argv[1], controls->hex,
				    &controls->verb.failure);
	return options_misused(controls->usage, "ctl takes list, get NAME "
			       "CODE, set NAME CODE DATA or talk NAME",
			       &controls->verb.failure);
}

int verb_ctl(int argc, char **argv)
{
	struct controls controls = { .size = ROOM_MAX };
	const struct options_entry entries[] = {
		{ "hex", 'x', OPTIONS_FLAG, NULL,
		  "DATA is hexadecimal digits", &controls.hex },
		{ "raw", 0, OPTIONS_FLAG, NULL,
		  "print the bytes of an answer as they are", &controls.raw },
		{ "size", 's', OPTIONS_SIZE, "SIZE",
		  "the longest answer that is wanted", &controls.size },
		VERB_JSON(&controls.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl ctl", "list|get|set|talk ...", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &controls.verb.failure);

	controls.usage = &usage;
	if (r == 0)
		r = run(&controls, argc - first, argv + first);
	return verb_end(&controls.verb, r);
}
