/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.c - the verbs log and log-level: what the service says, and how much
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "escape.h"
#include "service.h"
#include "varlink.h"
#include "verb.h"

static const char about_log[] =
	"Prints the last lines that the service has logged: it keeps some\n"
	"hundreds in memory.  The journal has them too, and older ones.";

static const char about_level[] =
	"Prints how much the service logs, or has it log more or less from now\n"
	"on, until it is reloaded or started again: err, warning, info, debug.";

struct log {
	struct verb verb;
	const char *filter, *medium;
	bool follow;
	uint64_t lines;
};

static void print_line(struct json_object *line)
{
	uint64_t usec = varlink_number(line, "time");
	time_t seconds = (time_t)(usec / 1000000);
	char when[32] = "", text[2048 + 1];
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		(void)strftime(when, sizeof(when), "%F %T", &tm);
	printf("%s.%03" PRIu64 " %-7s %s\n", when, usec / 1000 % 1000,
	       varlink_string(line, "level"),
	       escape_again(varlink_string(line, "text"), text,
			    sizeof(text)));
}

/* Out at once: who follows may be a program, or waits for a line. */
static void print_answer(void *arg, struct json_object *answer)
{
	struct json_object *lines = varlink_array(answer, "lines");
	uint64_t lost = varlink_number(answer, "lost");
	const struct log *log = arg;

	if (log->verb.json)
		printf("%s\n", json_object_to_json_string_ext(answer,
			JSON_C_TO_STRING_NOSLASHESCAPE));
	for (size_t i = 0; !log->verb.json && i < varlink_count(lines); i++)
		print_line(json_object_array_get_idx(lines, i));
	(void)fflush(stdout);
	if (lost > 0 && !log->verb.json)
		fprintf(stderr, "filterctl: %" PRIu64 " lines were logged "
			"faster than they were read\n", lost);
}

static int read_log(struct log *log)
{
	struct json_object *parameters = json_object_new_object();
	struct json_object *answer = NULL;
	struct failure *f = &log->verb.failure;
	int r;

	if (log->filter)
		verb_add_text(parameters, "filter", log->filter);
	if (log->medium)
		verb_add_text(parameters, "medium", log->medium);
	if (log->lines < UINT64_MAX)
		json_object_object_add(parameters, "lines",
				       json_object_new_uint64(log->lines));
	json_object_object_add(parameters, "follow",
			       json_object_new_boolean(log->follow));
	if (log->follow || !log->verb.json)
		return service_call("Log", parameters, NULL, 0, print_answer,
				    log, f);
	r = service_collect("Log", parameters, &answer, f);
	if (r == 0)
		verb_print_json(answer);
	json_object_put(answer);
	return r;
}

int verb_log(int argc, char **argv)
{
	struct log log = { .lines = UINT64_MAX };
	struct failure *f = &log.verb.failure;
	const struct options_entry entries[] = {
		{ "follow", 'f', OPTIONS_FLAG, NULL,
		  "go on with what comes, until interrupted", &log.follow },
		{ "lines", 'n', OPTIONS_NUMBER, "N",
		  "of what there is, the last N alone", &log.lines },
		{ "module", 'm', OPTIONS_TEXT, "FILTER",
		  "only what is about this filter", &log.filter },
		{ "medium", 0, OPTIONS_TEXT, "NAME",
		  "only what is about this medium", &log.medium },
		VERB_JSON(&log.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl log", "", about_log, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "log takes no arguments", f);
	if (r == 0)
		r = read_log(&log);
	return verb_end(&log.verb, r);
}

int verb_log_level(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl log-level", "[LEVEL]", about_level, entries,
	};
	struct json_object *parameters, *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "log-level takes one LEVEL",
				    &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		if (first < argc)
			verb_add_text(parameters, "level", argv[first]);
		r = service_collect("LogLevel", parameters, &answer,
				    &verb.failure);
	}
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0)
		printf("%s\n", varlink_string(answer, "level"));
	json_object_put(answer);
	return verb_end(&verb, r);
}
