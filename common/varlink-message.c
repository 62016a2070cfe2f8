/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink-message.c - see varlink-message.h; the members of a message are those
 * of https://varlink.org/Method-Call
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "utf8.h"
#include "varlink-message.h"

static void cleanup_json(struct json_object **object)
{
	json_object_put(*object);
}

static void cleanup_tokener(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

/* A NUL in a string would end it early for whoever reads it.  In JSON a
   backslash stands in strings alone. */
static bool has_nul(const char *text, size_t len)
{
	for (size_t i = 0; i + 6 <= len; i++) {
		if (text[i] != '\\')
			continue;
		if (memcmp(text + i, "\\u0000", 6) == 0)
			return true;
		i++;
	}
	return false;
}

/* json-c's, with malloc's own: an object begins with room for 16 members, an
   array with room for 32 (measured with 0.16). */
#define OBJECT_COST 1024u
#define ARRAY_COST 400u
#define VALUE_COST 128u

size_t varlink_message_cost(const char *text, size_t len)
{
	bool quoted = false;
	size_t cost = len;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			cost += OBJECT_COST;
		else if (!quoted && c == '[')
			cost += ARRAY_COST;
		else if (!quoted && c == ',')
			cost += VALUE_COST;
	}
	return cost;
}

static int parse_object(const char *text, size_t len, struct json_object **ret)
{
	_cleanup_(cleanup_tokener) struct json_tokener *tokener =
		json_tokener_new_ex(VARLINK_MAX_DEPTH);
	_cleanup_(cleanup_json) struct json_object *object = NULL;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* Checked here: json-c takes characters that Unicode has no room for,
	   and such a text could not be sent back. */
	if (len > INT_MAX || has_nul(text, len) || utf8_valid(text, len) < len)
		return -EBADMSG;
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (!json_object_is_type(object, json_type_object))
		return -EBADMSG;
	*ret = take_ptr(&object);
	return 0;
}

/* Absent and null are the same, and leave *ret. */
static int get_string(struct json_object *body, const char *key,
		      const char **ret)
{
	struct json_object *member = json_object_object_get(body, key);

	if (!member)
		return 0;
	if (!json_object_is_type(member, json_type_string))
		return -EBADMSG;
	*ret = json_object_get_string(member);
	return 0;
}

static int get_bool(struct json_object *body, const char *key, bool *ret)
{
	struct json_object *member = json_object_object_get(body, key);

	if (!member)
		return 0;
	if (!json_object_is_type(member, json_type_boolean))
		return -EBADMSG;
	*ret = json_object_get_boolean(member);
	return 0;
}

/* Takes @value; NULL is a lack of memory. */
static int add(struct json_object *object, const char *key,
	       struct json_object *value)
{
	if (value && json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int get_parameters(struct json_object *body, struct json_object **ret)
{
	struct json_object *member =
		json_object_object_get(body, "parameters");
	int r;

	if (!member) {
		member = json_object_new_object();
		r = add(body, "parameters", member);
		if (r < 0)
			return r;
	}
	if (!json_object_is_type(member, json_type_object))
		return -EBADMSG;
	*ret = member;
	return 0;
}

int varlink_message_parse(const char *text, size_t len,
			  struct varlink_message *message)
{
	struct json_object *body = NULL;
	int r;

	r = parse_object(text, len, &body);
	if (r < 0)
		return r;
	message->body = body;
	r = get_string(body, "method", &message->method);
	if (r == 0)
		r = get_string(body, "error", &message->error);
	if (r == 0)
		r = get_parameters(body, &message->parameters);
	if (r == 0)
		r = get_bool(body, "more", &message->more);
	if (r == 0)
		r = get_bool(body, "oneway", &message->oneway);
	if (r == 0)
		r = get_bool(body, "continues", &message->continues);
	return r;
}

void varlink_message_close_fds(struct varlink_message *message)
{
	for (size_t i = 0; i < message->n_fds; i++)
		if (message->fds[i] >= 0)
			(void)close(message->fds[i]);
	message->weight -= message->n_fds * VARLINK_FD_WEIGHT;
	message->n_fds = 0;
}

void varlink_message_clear(struct varlink_message *message)
{
	varlink_message_close_fds(message);
	json_object_put(message->body);
	*message = (struct varlink_message){ 0 };
}

/*
 * {"KEY": "NAME", "parameters": {...}, "FLAG": true}; without the first if @key
 * is NULL, and without the last unless @set.
 */
static struct json_object *build(const char *key, const char *name,
				 struct json_object *parameters,
				 const char *flag, bool set)
{
	_cleanup_(cleanup_json) struct json_object *body =
		json_object_new_object();
	_cleanup_(cleanup_json) struct json_object *owned = parameters;

	if (!body)
		return NULL;
	if (key && add(body, key, json_object_new_string(name)) < 0)
		return NULL;
	if (owned && add(body, "parameters", take_ptr(&owned)) < 0)
		return NULL;
	if (set && add(body, flag, json_object_new_boolean(1)) < 0)
		return NULL;
	return take_ptr(&body);
}

struct json_object *varlink_message_call(const char *method,
					 struct json_object *parameters,
					 bool more)
{
	return build("method", method, parameters, "more", more);
}

struct json_object *varlink_message_reply(struct json_object *parameters,
					  bool continues)
{
	return build(NULL, NULL, parameters, "continues", continues);
}

struct json_object *varlink_message_error(const char *error,
					  struct json_object *parameters)
{
	return build("error", error, parameters, NULL, false);
}

const char *varlink_message_text(struct json_object *body, size_t *ret_len)
{
	return json_object_to_json_string_length(body,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		ret_len);
}

const char *varlink_string(struct json_object *object, const char *key)
{
	struct json_object *member = json_object_object_get(object, key);

	return json_object_is_type(member, json_type_string) ?
		json_object_get_string(member) : "";
}

uint64_t varlink_number(struct json_object *object, const char *key)
{
	struct json_object *member = json_object_object_get(object, key);

	return json_object_is_type(member, json_type_int) ?
		json_object_get_uint64(member) : 0;
}

bool varlink_bool(struct json_object *object, const char *key)
{
	struct json_object *member = json_object_object_get(object, key);

	return json_object_is_type(member, json_type_boolean) &&
		json_object_get_boolean(member);
}

struct json_object *varlink_array(struct json_object *object, const char *key)
{
	struct json_object *member = json_object_object_get(object, key);

	return json_object_is_type(member, json_type_array) ? member : NULL;
}

int varlink_fd_at(struct json_object *object, const char *key, const int *fds,
		  size_t n_fds)
{
	struct json_object *member;
	int64_t i;

	if (!json_object_object_get_ex(object, key, &member) || !member)
		return -ENOENT;
	i = json_object_get_int64(member);
	if (!json_object_is_type(member, json_type_int) || i < 0 ||
	    (uint64_t)i >= n_fds || fds[i] < 0)
		return -EINVAL;
	return fds[i];
}

size_t varlink_count(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}
