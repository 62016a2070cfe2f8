/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.c - see names.h
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "hint.h"
#include "names.h"
#include "util.h"

/* "0x" and one or two digits: a name that hint.c has will not do. */
static bool is_number(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* What is wrong with the key, or NULL. */
static const char *key_fault(const char *key, uint8_t *ret)
{
	const uint8_t others[] = { 0x00, 0x05, 0x0f, 0x85, 0xee };

	if (!is_number(key) || hint_mbr_type(key, ret) < 0)
		return "a key of [ContentTable] is the type of an MBR's "
		       "partition, 0x01 to 0xFF";
	if (memchr(others, *ret, sizeof(others)))
		return "this type is no partition's: it holds others, guards a "
		       "GPT, or is unused";
	return NULL;
}

static bool is_name(const char *name)
{
	const char *others = "._+-";

	if (strlen(name) >= NAMES_LEN || is_number(name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr(others, *name))
			return false;
	return true;
}

static struct names_entry *entry_of(const struct names *names, uint8_t type)
{
	for (size_t i = 0; i < names->n; i++)
		if (names->list[i].type == type)
			return &names->list[i];
	return NULL;
}

static void take_away(struct names *names, struct names_entry *entry)
{
	size_t behind = names->n - 1 - (size_t)(entry - names->list);

	free(entry->file);
	memmove(entry, entry + 1, behind * sizeof(*entry));
	names->n--;
}

static int add(struct names *names, uint8_t type, const char *name,
	       const struct ini_place *at)
{
	struct names_entry *more, *entry;
	char *file = strdup(at->file);

	more = reallocarray(names->list, names->n + 1, sizeof(*more));
	if (more)
		names->list = more;
	if (!more || !file) {
		free(file);
		return -ENOMEM;
	}
	entry = &more[names->n++];
	*entry = (struct names_entry){
		.type = type, .file = file,
		.line = at->line, .column = at->column,
	};
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	return 0;
}

int names_take(struct names *names, const char *key, const char *value,
	       const struct ini_place *at, char *why, size_t len)
{
	struct names_entry *entry;
	const char *fault;
	char safe[96];
	uint8_t type;

	fault = key_fault(key, &type);
	if (fault) {
		snprintf(why, len, "%s, not \"%s\"", fault,
			 escape(key, safe, sizeof(safe)));
		return -EINVAL;
	}
	if (!is_name(value)) {
		snprintf(why, len, "%s= expects a name of at most %d letters, "
			 "digits and ._+-, got \"%s\"", key, NAMES_LEN - 1,
			 escape(value, safe, sizeof(safe)));
		return -EINVAL;
	}
	entry = entry_of(names, type);
	if (entry)
		take_away(names, entry);
	return value[0] ? add(names, type, value, at) : 0;
}

static void tell_taken(const struct names_entry *entry,
		       const struct names_entry *first, ini_error_fn *error,
		       void *arg)
{
	const struct ini_place at = {
		.file = entry->file, .line = entry->line,
		.column = entry->column,
	};
	char message[512];

	snprintf(message, sizeof(message), "warning: 0x%02X is called %s "
		 "already, in %.300s:%u", entry->type, first->name,
		 first->file, first->line);
	error(arg, &at, message);
}

int names_merge(struct names *names, const struct names *more,
		ini_error_fn *error, void *arg)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < more->n; i++) {
		const struct names_entry *entry = &more->list[i];
		const struct names_entry *first = entry_of(names, entry->type);
		const struct ini_place at = {
			.file = entry->file, .line = entry->line,
			.column = entry->column,
		};

		if (!first)
			r = add(names, entry->type, entry->name, &at);
		else if (!streq(first->name, entry->name))
			tell_taken(entry, first, error, arg);
	}
	return r;
}

const char *names_find(const struct names *names, const char *scheme,
		       const char *hint)
{
	const struct names_entry *entry;
	uint8_t type;

	if (!streq(scheme, "mbr") || hint_mbr_type(hint, &type) < 0)
		return NULL;
	entry = entry_of(names, type);
	return entry ? entry->name : NULL;
}

void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i].file);
	free(names->list);
	*names = (struct names){ 0 };
}
