/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verify.c - filterctl verify
 */
#include <errno.h>
#include <stdio.h>

#include "connect.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Checks personality files.  Each message begins with FILE:LINE:COLUMN, so that\n"
"editors find the place.  Exit code 1 when one of them is faulty.\n";

static void print_fault(struct json_object *fault)
{
	printf("%s:%llu:%llu: %s\n", varlink_string(fault, "file"),
	       (unsigned long long)varlink_number(fault, "line"),
	       (unsigned long long)varlink_number(fault, "column"),
	       varlink_string(fault, "message"));
}

static int judge(struct verb *verb, struct json_object *answer)
{
	struct json_object *faults = varlink_array(answer, "faults");
	unsigned errors = 0;

	for (size_t i = 0; i < varlink_count(faults); i++) {
		struct json_object *fault =
			json_object_array_get_idx(faults, i);

		if (!verb->json)
			print_fault(fault);
		if (varlink_bool(fault, "error"))
			errors++;
	}
	if (verb->json) {
		if (!faults)
			json_object_object_add(answer, "faults",
					       json_object_new_array());
		verb_print_json(answer);
	}
	if (errors == 0)
		return 0;
	return failure_set(&verb->failure, -EBADMSG, EXIT_FAILED, "%u %s",
			   errors, errors == 1 ? "error" : "errors");
}

static int verify(struct verb *verb, char **files, size_t n)
{
	struct json_object *parameters = verb_parameters(verb), *answer;
	int r;

	verb_add_list(parameters, "files", (const char *const *)files, n);
	r = connect_collect("Verify", parameters, &answer, &verb->failure);
	if (r == 0)
		r = judge(verb, answer);
	json_object_put(answer);
	return r;
}

int verb_verify(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_OPTIONS(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl verify", "FILE...", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && first == argc)
		r = options_misused(&usage, "verify takes personality files",
				    &verb.failure);
	if (r == 0)
		r = verify(&verb, argv + first, (size_t)(argc - first));
	return verb_end(&verb, r);
}
