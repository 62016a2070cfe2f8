/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * escape.h - names from disks, made safe to print
 *
 * Control characters (C0, C1, DEL), bidirectional overrides and isolates,
 * zero-width and line separators, invalid UTF-8 and the backslash itself
 * become \xNN, byte by byte.  Everything else stays.  The result is valid
 * UTF-8 on one line, and different inputs have different results.
 */
#ifndef FILTERD_ESCAPE_H
#define FILTERD_ESCAPE_H

#include <stddef.h>

/* At most this many bytes come out of @len, the final NUL included. */
#define ESCAPE_LEN(len) (4 * (len) + 1)

/* Writes @s, cut at a whole character to @size bytes with the NUL; returns
   @buf. */
char *escape(const char *s, char *buf, size_t size);

/* The same for what another process says that it has escaped: a backslash
   stays, all else that is unsafe does not. */
char *escape_again(const char *s, char *buf, size_t size);

/* A path as it stands in messages: escape_show(path).text. */
struct escape_shown {
	char text[256];
};
struct escape_shown escape_show(const char *path);

/* @text as one word of a shell's command line, quoted if it needs to be, into
   @buf; not escaped yet. */
const char *escape_word(const char *text, char *buf, size_t len);

/* Allocated; the caller owns it.  NULL: out of memory. */
char *escape_dup(const char *s);

#endif /* FILTERD_ESCAPE_H */
