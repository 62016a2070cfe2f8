/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * monitor.c - the verb monitor: what happens in the service, as it happens
 */
#include <stdio.h>
#include <time.h>

#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
	"Prints what happens in the service, a line each, until it is\n"
	"interrupted: sources and volumes that come and go, disks that ask to\n"
	"be attached, settings that change.  With --json an object a line.";

static void print_time(struct json_object *event)
{
	time_t seconds = (time_t)(varlink_number(event, "time") / 1000000);
	char text[32] = "";
	struct tm local;

	if (localtime_r(&seconds, &local))
		(void)strftime(text, sizeof(text), "%F %T", &local);
	printf("%s  ", text);
}

/* The rest, in the order in which it was told: SOURCE=vault SIZE=4096. */
static void print_members(struct json_object *event)
{
	json_object_object_foreach(event, key, value) {
		if (streq(key, "event") || streq(key, "time"))
			continue;
		printf("  %s=%s", key, json_object_is_type(value,
			json_type_string) ? json_object_get_string(value) :
			json_object_to_json_string_ext(value,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	}
}

/* Whoever reads us through a pipe sees each line at once. */
static void print_event(void *arg, struct json_object *event)
{
	const struct verb *verb = arg;

	if (verb->json) {
		printf("%s\n", json_object_to_json_string_ext(event,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	} else {
		print_time(event);
		printf("%s", varlink_string(event, "event"));
		print_members(event);
		printf("\n");
	}
	(void)fflush(stdout);	/* verb_end() finds what failed */
}

int verb_monitor(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl monitor", "", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "monitor takes no arguments",
				    &verb.failure);
	if (r == 0)
		r = service_call("Monitor", json_object_new_object(), NULL, 0,
				 print_event, &verb, &verb.failure);
	return verb_end(&verb, r);
}
