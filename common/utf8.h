/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * utf8.h - whole characters of UTF-8 (RFC 3629), and nothing else
 */
#ifndef FILTERD_UTF8_H
#define FILTERD_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the first character of @s (@len bytes), 1 to 4, and what it is
 * in *ret (which may be NULL).  0: there is no whole and valid one.
 */
size_t utf8_first(const char *s, size_t len, uint32_t *ret);

/* The bytes of @s, from its beginning, that are valid: @len if all are. */
size_t utf8_valid(const char *s, size_t len);

/* Drops from the end of @s what a cut has left of a character. */
void utf8_mend(char *s);

#endif /* FILTERD_UTF8_H */
