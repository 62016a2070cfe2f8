/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * discreet.c - see discreet.h
 */
#include <stdbool.h>
#include <string.h>

#include "discreet.h"
#include "paths.h"
#include "util.h"

/* Members that can name a file; in all others a path is part of a text that is
   not about it ("file": a personality's). */
static bool names_file(const char *key)
{
	static const char *const keys[] = { "path", "name", "source", "dir",
					    "control" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (streq(key, keys[i]))
			return true;
	return false;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/' &&
	       !strstr(path, "/../");
}

static bool is_private(struct json_object *value)
{
	const char *path;

	if (!json_object_is_type(value, json_type_string))
		return false;
	path = json_object_get_string(value);
	return path[0] == '/' && !is_below(path, "/dev") &&
	       !is_below(path, paths_runtime());
}

static void make_members(struct json_object *object)
{
	json_object_object_foreach(object, key, value) {
		if (names_file(key) && is_private(value))
			json_object_object_del(object, key);
		else
			discreet_make(value);
	}
}

void discreet_make(struct json_object *answer)
{
	if (json_object_is_type(answer, json_type_object))
		make_members(answer);
	if (!json_object_is_type(answer, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(answer); i++)
		discreet_make(json_object_array_get_idx(answer, i));
}

struct json_object *discreet_copy(struct json_object *answer)
{
	struct json_object *copy = NULL;

	if (json_object_deep_copy(answer, &copy, NULL) < 0)
		return NULL;
	discreet_make(copy);
	return copy;
}
