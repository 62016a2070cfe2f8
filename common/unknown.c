/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unknown.c - see unknown.h
 */
#include <string.h>

#include "escape.h"
#include "suggest.h"
#include "unknown.h"
#include "util.h"

bool unknown_is_private(const char *name)
{
	return strncmp(name, "X-", 2) == 0;
}

void unknown_section(struct unknown *unknown, const struct ini_place *at,
		     const char *section, const char *const *sections,
		     size_t n)
{
	const char *near;
	char name[64];

	escape(section, name, sizeof(name));
	if (unknown_is_private(section) || streq(name, unknown->section))
		return;
	memcpy(unknown->section, name, sizeof(name));
	near = suggest(section, sections, n);
	if (section[0] == '\0')
		ini_tell(unknown->error, unknown->arg, at,
			 "warning: a key before the first section");
	else if (near)
		ini_tell(unknown->error, unknown->arg, at, "warning: unknown "
			 "section [%s]; did you mean [%s]?", name, near);
	else
		ini_tell(unknown->error, unknown->arg, at,
			 "warning: unknown section [%s]", name);
}

void unknown_key(struct unknown *unknown, const struct ini_place *at,
		 const char *section, const char *key,
		 const char *const *keys, size_t n)
{
	struct ini_place begin = *at;
	const char *near;
	char name[64];

	if (unknown_is_private(key))
		return;
	near = suggest(key, keys, n);
	escape(key, name, sizeof(name));
	begin.column = 1;
	if (near)
		ini_tell(unknown->error, unknown->arg, &begin, "warning: "
			 "unknown key %s= in [%s]; did you mean %s=?", name,
			 section, near);
	else
		ini_tell(unknown->error, unknown->arg, &begin,
			 "warning: unknown key %s= in [%s]", name, section);
}
