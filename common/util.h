/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * util.h - arithmetic, bytes and texts
 *
 * Sizes from disks and clients go through the checked forms.
 */
#ifndef FILTERD_UTIL_H
#define FILTERD_UTIL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define MIN(a, b)							\
	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b);		\
	   _a < _b ? _a : _b; })
#define MAX(a, b)							\
	({ __typeof__(a) _a = (a); __typeof__(b) _b = (b);		\
	   _a > _b ? _a : _b; })

/* True when the result does not fit; *ret is then undefined. */
#define add_overflow(a, b, ret) __builtin_add_overflow(a, b, ret)
#define mul_overflow(a, b, ret) __builtin_mul_overflow(a, b, ret)

/* @to is a power of two. */
static inline uint64_t round_down(uint64_t n, uint64_t to)
{
	return n & ~(to - 1);
}

/* @to is a power of two, and @n at most UINT64_MAX - @to. */
static inline uint64_t round_up(uint64_t n, uint64_t to)
{
	return round_down(n + to - 1, to);
}

static inline bool is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Whether [off, off + len) lies inside [0, size), whatever the numbers are. */
static inline bool range_inside(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

static inline uint16_t get_be16(const void *p)
{
	const unsigned char *b = p;

	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t get_be32(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

static inline void put_be16(void *p, uint16_t n)
{
	unsigned char *b = p;

	b[0] = (unsigned char)(n >> 8);
	b[1] = (unsigned char)n;
}

static inline void put_be32(void *p, uint32_t n)
{
	put_be16(p, (uint16_t)(n >> 16));
	put_be16((unsigned char *)p + 2, (uint16_t)n);
}

static inline const char *or_empty(const char *s)
{
	return s ? s : "";
}

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Makes the allocated *text a copy of @value.  0, or -ENOMEM and unchanged. */
static inline int set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

#endif /* FILTERD_UTIL_H */
