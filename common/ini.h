/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ini.h - [Section], Key=value, as systemd reads them
 *
 * '#' and ';' begin a comment at the start of a line only: values may hold
 * both.  A backslash at the end of a line joins the next, with a space for the
 * two; comment lines between are left out.  White space around keys and values
 * is dropped.  The same section and key may come again: each is told, in
 * order.  Lines are at most 64 KiB (joined), files 1 MiB, valid UTF-8 without
 * NUL.
 */
#ifndef FILTERD_INI_H
#define FILTERD_INI_H

#include <stddef.h>

#define INI_MAX_LINE (64u << 10)
#define INI_MAX_FILE (1u << 20)

/* Where something stands; @file is the caller's.  Lines and columns count from
   1, columns in characters; of joined lines, the first. */
struct ini_place {
	const char *file;
	unsigned line;
	unsigned column;	/* of the value, or of what is wrong */
};

/*
 * A key of the file, in order.  Strings are valid during the call.  What it
 * returns other than 0 ends the reading and is its result.
 */
typedef int ini_key_fn(void *arg, const struct ini_place *at,
		       const char *section, const char *key,
		       const char *value);

/* Something is wrong with the file at @at; the line is passed over. */
typedef void ini_error_fn(void *arg, const struct ini_place *at,
			  const char *message);

/* Calls @error with what @fmt makes, 511 bytes at most. */
void ini_tell(ini_error_fn *error, void *arg, const struct ini_place *at,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Reads the file open as @fd, which stays the caller's; @name stands in the
 * places.  Returns 0, -EBADMSG after calling @error at least once, what @key
 * returned, or a negative errno of reading.
 */
int ini_read(int fd, const char *name, ini_key_fn *key, ini_error_fn *error,
	     void *arg);

/* The same for text in memory. */
int ini_parse(const char *text, size_t len, const char *name, ini_key_fn *key,
	      ini_error_fn *error, void *arg);

#endif /* FILTERD_INI_H */
