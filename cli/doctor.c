/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor.c - filterctl doctor
 */
#include <errno.h>
#include <stdio.h>

#include "connect.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Tries what filterd needs of this machine, with your rights, and says what to\n"
"do where something is missing.  The exit status is 1 if anything fails.\n";

static void print_finding(struct json_object *finding)
{
	const char *fix = varlink_string(finding, "fix");

	printf("%-5s %-14s %s\n", varlink_string(finding, "state"),
	       varlink_string(finding, "name"),
	       varlink_string(finding, "text"));
	if (*fix)
		printf("%-20s fix: %s\n", "", fix);
}

static int judge(struct verb *verb, struct json_object *answer)
{
	struct json_object *findings = varlink_array(answer, "findings");
	unsigned failed = 0;

	for (size_t i = 0; i < varlink_count(findings); i++) {
		struct json_object *finding =
			json_object_array_get_idx(findings, i);

		if (!verb->json)
			print_finding(finding);
		if (streq(varlink_string(finding, "state"), "fail"))
			failed++;
	}
	if (verb->json)
		verb_print_json(answer);
	if (failed == 0)
		return 0;
	return failure_set(&verb->failure, -EIO, EXIT_FAILED,
			   "%u of %zu failed", failed,
			   varlink_count(findings));
}

int verb_doctor(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_OPTIONS(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl doctor", "", about, entries,
	};
	struct json_object *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first < argc)
		r = options_misused(&usage, "doctor takes no argument",
				    &verb.failure);
	if (r == 0) {
		r = connect_collect("Doctor", verb_parameters(&verb), &answer,
				    &verb.failure);
		if (r == 0)
			r = judge(&verb, answer);
	}
	json_object_put(answer);
	return verb_end(&verb, r);
}
