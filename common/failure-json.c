/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failure-json.c - see failure-json.h
 */
#include <errno.h>
#include <stdio.h>

#include "escape.h"
#include "failure-json.h"
#include "util.h"
#include "varlink.h"

struct json_object *failure_json_new(const struct failure *f)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	/* Of what lacks memory here, sending will lack it too. */
	(void)json_object_object_add(object, "code",
				     json_object_new_int((int)f->code));
	(void)json_object_object_add(object, "word",
			json_object_new_string(failure_word(f->code)));
	(void)json_object_object_add(object, "text",
				     json_object_new_string(f->text));
	(void)json_object_object_add(object, "hint",
				     json_object_new_string(f->hint));
	return object;
}

/* The errors that every varlink service has. */
static const struct standard {
	const char *error;
	enum exit_code code;
	const char *text, *hint;
} standards[] = {
	{ "org.varlink.service.PermissionDenied", EXIT_DENIED,
	  "you may not ask for this",
	  "it is for root, and for the group that filterd.conf(5) names" },
	{ "org.varlink.service.InvalidParameter", EXIT_USAGE,
	  "what was given is not understood", "" },
	{ "org.varlink.service.MethodNotFound", EXIT_UNSUPPORTED,
	  "who answers cannot do this",
	  "is it of the same version? \"systemctl restart filterd\" starts "
	  "the new one" },
};

static const struct standard *find_standard(const char *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(standards); i++)
		if (streq(standards[i].error, error))
			return &standards[i];
	return NULL;
}

int failure_json_take(struct failure *f, struct json_object *object,
		      const char *error)
{
	const struct standard *standard = find_standard(error);
	const char *text = varlink_string(object, "text");
	uint64_t code = varlink_number(object, "code");
	char safe[sizeof(f->text)];

	if (standard) {
		if (*standard->hint)
			failure_hint(f, "%s", standard->hint);
		return failure_set(f, -EIO, standard->code, "%s",
				   standard->text);
	}
	escape_again(varlink_string(object, "hint"), safe, sizeof(safe));
	if (*safe)
		failure_hint(f, "%s", safe);
	/* Not 0, nor what exit(3) makes 0 of. */
	if (code == 0 || code > EXIT_INTERRUPTED)
		code = EXIT_FAILED;
	return failure_set(f, -EIO, (enum exit_code)code, "%s",
			   escape_again(*text ? text : error, safe,
					sizeof(safe)));
}

void failure_json_print(const struct failure *f, const char *name, bool json)
{
	struct json_object *object = json ? failure_json_new(f) : NULL;

	if (object)
		fprintf(stderr, "%s\n", json_object_to_json_string_ext(object,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		failure_print(f, name);
	json_object_put(object);
}
