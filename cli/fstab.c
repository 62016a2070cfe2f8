/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fstab.c - see fstab.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "escape.h"
#include "fstab.h"
#include "parse.h"
#include "util.h"

/* The rest of the text after one option, which is cut off; NULL: it was the
   last. */
static char *cut_option(char *text)
{
	bool quoted = false;

	for (; *text; text++) {
		if (*text == '"')
			quoted = !quoted;
		if (*text == ',' && !quoted) {
			*text = '\0';
			return text + 1;
		}
	}
	return NULL;
}

static void unquote(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text != '"')
			*to++ = *text;
	*to = '\0';
}

/* The value of @option if its name is @name. */
static const char *value_of(const char *option, const char *name)
{
	size_t len = strlen(name);

	return strncmp(option, name, len) == 0 && option[len] == '=' ?
		       option + len + 1 : NULL;
}

/* Whether it is about the line or about who may mount it. */
static bool is_for_others(const char *option)
{
	static const char *const words[] = {
		"auto", "noauto", "nofail", "_netdev", "user", "nouser",
		"users", "owner", "group", "defaults", "",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(option, words[i]))
			return true;
	return strncmp(option, "x-", 2) == 0 ||
	       strncmp(option, "X-", 2) == 0 || value_of(option, "comment");
}

/* 1: it is one of ours; 0: it is not. */
static int take_text(struct fstab *fstab, const char *option)
{
	const struct {
		const char *name;
		char **target;
	} texts[] = {
		{ "fstype", &fstab->type },
		{ "key-file", &fstab->key_file },
		{ "filter", &fstab->filter },
		{ "volume", &fstab->volume },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *value = value_of(option, texts[i].name);
		int r = value ? set_text(texts[i].target, value) : 0;

		if (value)
			return r < 0 ? r : 1;
	}
	return 0;
}

static int take_size(struct fstab *fstab, const char *option,
		     struct failure *f)
{
	const struct {
		const char *name;
		uint64_t *target;
	} sizes[] = {
		{ "keyfile-offset", &fstab->key_offset },
		{ "keyfile-size", &fstab->key_size },
		{ "sector-size", &fstab->sector },
	};
	char safe[80];

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const char *value = value_of(option, sizes[i].name);

		if (value && parse_size(value, sizes[i].target) < 0)
			return failure_set(f, -EINVAL, EXIT_USAGE,
					   "%s= takes a size, not '%s'",
					   sizes[i].name,
					   escape(value, safe, sizeof(safe)));
		if (value)
			return 1;
	}
	return 0;
}

static int take_rest(struct fstab *fstab, const char *option)
{
	char *rest;

	if (asprintf(&rest, "%s%s%s", or_empty(fstab->rest),
		     fstab->rest ? "," : "", option) < 0)
		return -ENOMEM;
	free(fstab->rest);
	fstab->rest = rest;
	return 0;
}

/* The one that comes last counts; mount(8) itself is told of it too. */
static void note_writing(struct fstab *fstab, const char *option)
{
	if (streq(option, "ro"))
		fstab->read_only = true;
	else if (streq(option, "rw"))
		fstab->read_only = false;
}

static int add_option(struct fstab *fstab, char *option, struct failure *f)
{
	_cleanup_free_ char *bare = strdup(option);
	int r;

	if (!bare)
		return -ENOMEM;
	unquote(bare);
	if (is_for_others(bare))
		return 0;
	r = take_text(fstab, bare);
	if (r == 0)
		r = take_size(fstab, bare, f);
	if (r != 0)
		return MIN(r, 0);
	note_writing(fstab, bare);
	return take_rest(fstab, option);
}

int fstab_add(struct fstab *fstab, const char *options, struct failure *f)
{
	_cleanup_free_ char *copy = strdup(options);
	int r = copy ? 0 : -ENOMEM;

	for (char *at = copy, *next; r == 0 && at; at = next) {
		next = cut_option(at);
		r = add_option(fstab, at, f);
	}
	return r;
}

void fstab_clear(struct fstab *fstab)
{
	free(fstab->type);
	free(fstab->key_file);
	free(fstab->filter);
	free(fstab->volume);
	free(fstab->rest);
	*fstab = (struct fstab){ 0 };
}
