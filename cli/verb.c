/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb.c - see verb.h
 */
#include <errno.h>
#include <stdio.h>

#include "failure-json.h"
#include "util.h"
#include "verb.h"

void verb_add_text(struct json_object *object, const char *key,
		   const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

void verb_add_list(struct json_object *object, const char *key,
		   const char *const *texts, size_t n)
{
	struct json_object *array;

	if (n == 0)
		return;
	array = json_object_new_array();
	for (size_t i = 0; i < n; i++)
		json_object_array_add(array,
				      json_object_new_string(texts[i]));
	json_object_object_add(object, key, array);
}

struct json_object *verb_parameters(const struct verb *verb)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	verb_add_list(object, "personality_dirs",
		      verb->personality_dirs.items, verb->personality_dirs.n);
	verb_add_list(object, "module_dirs", verb->module_dirs.items,
		      verb->module_dirs.n);
	return object;
}

void verb_print_json(struct json_object *object)
{
	printf("%s\n", json_object_to_json_string_ext(object,
			JSON_C_TO_STRING_PRETTY |
			JSON_C_TO_STRING_NOSLASHESCAPE));
}

int verb_end(struct verb *verb, int result)
{
	struct failure *f = &verb->failure;

	/* The answer comes before what is said of it. */
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && result >= 0)
		(void)failure_errno(f, errno ? -errno : -EIO,
				    "cannot write the answer");
	if (result < 0)
		(void)failure_errno(f, result, "failed");
	if (f->code != EXIT_OK)
		failure_json_print(f, "filterctl", verb->json);
	options_list_clear(&verb->personality_dirs);
	options_list_clear(&verb->module_dirs);
	return (int)f->code;
}
