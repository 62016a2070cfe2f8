/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * unknown.h - the sections and keys of a config file that nobody knows
 *
 * They are warned of and passed over, so that a file may be older or newer than
 * the program; what was meant is guessed.  What begins with "X-" is somebody's
 * own and passed over without a word.
 */
#ifndef FILTERD_UNKNOWN_H
#define FILTERD_UNKNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "ini.h"

/* One for each file that is read; whom to tell, and the section told last. */
struct unknown {
	ini_error_fn *error;
	void *arg;
	char section[64];
};

bool unknown_is_private(const char *name);

/* None of @sections (@n of them) is @section.  Told once, not at each key. */
void unknown_section(struct unknown *unknown, const struct ini_place *at,
		     const char *section, const char *const *sections,
		     size_t n);

/* None of the @n @keys of @section is @key, whose value stands at @at. */
void unknown_key(struct unknown *unknown, const struct ini_place *at,
		 const char *section, const char *key,
		 const char *const *keys, size_t n);

#endif /* FILTERD_UNKNOWN_H */
