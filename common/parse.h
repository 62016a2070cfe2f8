/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parse.h - numbers, sizes, times and truths as people write them
 *
 * All return 0, -EINVAL for what is no such thing, -ERANGE for what does not
 * fit; *ret is untouched then.  Nothing may follow the value.
 */
#ifndef FILTERD_PARSE_H
#define FILTERD_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The worth of a hexadecimal digit, in any case; -1: it is none. */
int parse_hex_digit(char c);

/* Decimal, or hexadecimal with 0x. */
int parse_u64(const char *s, uint64_t *ret);
int parse_int(const char *s, int *ret);

/* Bytes: 512, 64K, 1.5M, 20GiB (powers of 1024), 20GB (powers of 1000). */
int parse_size(const char *s, uint64_t *ret);

/* Milliseconds: 250ms, 5s, 2min, 1h; a bare number is seconds. */
int parse_time(const char *s, uint64_t *ret);

/* yes no true false on off 1 0, in any case. */
int parse_bool(const char *s, bool *ret);

/* "20 GiB", "1.5 MiB", "512 B" into @buf, which is returned. */
#define FORMAT_SIZE_LEN 16
const char *format_size(uint64_t size, char buf[FORMAT_SIZE_LEN]);

/* "disk.img:2" -> "disk.img", which is the caller's, and 2; a file of that very
   name comes first.  Without a number 0.  0 or -ENOMEM. */
int parse_numbered(const char *text, char **ret_path, unsigned *ret_number);

#endif /* FILTERD_PARSE_H */
