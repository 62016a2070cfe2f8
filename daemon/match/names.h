/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.h - names that personalities give to the types of an MBR: the
 * [ContentTable] of a file, and of all files together
 *
 * It is I/O Kit's "Content Table" of the FDisk scheme, which hint.c holds
 * as far as it is built in.
 */
#ifndef FILTERD_NAMES_H
#define FILTERD_NAMES_H

#include <stdint.h>

#include "ini.h"

#define NAMES_LEN 64		/* of a name, with its NUL */

struct names {
	struct names_entry {
		uint8_t type;
		char name[NAMES_LEN];
		char *file;
		unsigned line, column;
	} *list;
	size_t n;
};

/*
 * Takes the line "0xNN=NAME" at @at; an empty name takes it away.  0, -ENOMEM,
 * or -EINVAL with the reason in @why.
 */
int names_take(struct names *names, const char *key, const char *value,
	       const struct ini_place *at, char *why, size_t len);

/* Adds what @more names and @names does not; the rest goes to @error as a
   warning, so that nothing does where @names is empty.  0 or -ENOMEM. */
int names_merge(struct names *names, const struct names *more,
		ini_error_fn *error, void *arg);

/* The name of the type that @hint of @scheme stands for, or NULL. */
const char *names_find(const struct names *names, const char *scheme,
		       const char *hint);
void names_clear(struct names *names);

#endif /* FILTERD_NAMES_H */
