/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * segment.c - see segment.h
 */
#include "segment.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &value))
		return NULL;
	return value;
}

/* "": no such text. */
static const char *text(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key);

	return json_object_is_type(value, json_type_string) ?
	       json_object_get_string(value) : "";
}

/* LUKS2 writes 64-bit numbers as decimal texts. */
static bool number(struct json_object *o, const char *key, uint64_t *ret)
{
	const char *s = text(o, key);
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0';
}

static int segment_unsupported(struct filter_next *next, const char *what,
			       const char *name)
{
	next->say(next, FILTER_WHY, "%s '%s' is not supported", what, name);
	return -EOPNOTSUPP;
}

static int segment_broken(struct filter_next *next, const char *what)
{
	next->say(next, FILTER_WHY, "the LUKS2 header gives no valid %s", what);
	return -EBADMSG;
}

/* Told apart from the rest: there is something that the user can do. */
static int segment_reencrypted(struct filter_next *next)
{
	next->say(next, FILTER_WHY, "re-encryption of this volume was begun"
		  " and is not finished ('cryptsetup reencrypt --resume-only'"
		  " finishes it)");
	return -EOPNOTSUPP;
}

static int segment_requirements(struct filter_next *next,
				struct json_object *root)
{
	struct json_object *list = member(member(member(root, "config"),
						 "requirements"),
					  "mandatory");
	const char *name;

	if (!list)
		return 0;
	if (!json_object_is_type(list, json_type_array))
		return segment_broken(next, "list of requirements");
	if (json_object_array_length(list) == 0)
		return 0;
	name = json_object_get_string(json_object_array_get_idx(list, 0));
	if (!name)
		return segment_broken(next, "list of requirements");
	if (!strstr(name, "reencrypt"))
		return segment_unsupported(next, "the requirement", name);
	return segment_reencrypted(next);
}

/* The flag of segment @o that begins with @prefix, or NULL. */
static const char *segment_flag(struct json_object *o, const char *prefix)
{
	struct json_object *flags = member(o, "flags");

	if (!json_object_is_type(flags, json_type_array))
		return NULL;
	for (size_t i = 0; i < json_object_array_length(flags); i++) {
		const char *flag = json_object_get_string(
			json_object_array_get_idx(flags, i));

		if (flag && strncmp(flag, prefix, strlen(prefix)) == 0)
			return flag;
	}
	return NULL;
}

/* The only segment, or NULL: there are none, or several.  Backups, which a
   re-encryption keeps of how the segments were, are none that hold data. */
static struct json_object *segment_only(struct json_object *root)
{
	struct json_object *segments = member(root, "segments"), *only = NULL;

	if (!json_object_is_type(segments, json_type_object))
		return NULL;
	json_object_object_foreach(segments, key, value) {
		(void)key;
		if (segment_flag(value, "backup-"))
			continue;
		if (only)
			return NULL;
		only = value;
	}
	return only;
}

static int segment_kind(struct filter_next *next, struct json_object *o)
{
	struct json_object *integrity = member(o, "integrity");
	const char *type = text(o, "type");

	if (strcmp(type, "crypt") != 0)
		return segment_unsupported(next, "the segment type", type);
	if (integrity)
		return segment_unsupported(next, "integrity protection",
					   text(integrity, "type"));
	if (segment_flag(o, "in-reencryption"))
		return segment_reencrypted(next);
	if (segment_flag(o, ""))
		return segment_unsupported(next, "the segment flag",
					   segment_flag(o, ""));
	return 0;
}

static int segment_place(struct filter_next *next, struct json_object *o,
			 struct segment *ret)
{
	const char *cipher = text(o, "encryption");
	int64_t sector_size = json_object_get_int64(member(o, "sector_size"));

	if (!number(o, "offset", &ret->offset))
		return segment_broken(next, "data offset");
	ret->size = 0;
	if (strcmp(text(o, "size"), "dynamic") != 0 &&
	    (!number(o, "size", &ret->size) || ret->size == 0))
		return segment_broken(next, "data size");
	if (!number(o, "iv_tweak", &ret->iv_first))
		return segment_broken(next, "IV offset");
	if (sector_size < 512 || sector_size > 4096 ||
	    (sector_size & (sector_size - 1)) != 0)
		return segment_broken(next, "sector size");
	ret->sector_size = (uint32_t)sector_size;
	if (strlen(cipher) >= sizeof(ret->cipher))
		return segment_broken(next, "cipher");
	strcpy(ret->cipher, cipher);
	return 0;
}

int segment_read(struct filter_next *next, const char *json,
		 struct segment *ret)
{
	struct json_object *root = json_tokener_parse(json), *only;
	int r;

	r = segment_requirements(next, root);
	if (r == 0) {
		only = segment_only(root);
		if (!only)
			r = segment_broken(next, "single data segment");
		else
			r = segment_kind(next, only);
		if (r == 0)
			r = segment_place(next, only, ret);
	}
	json_object_put(root);
	return r;
}
