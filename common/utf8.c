/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * utf8.c - see utf8.h
 *
 * Overlong forms, surrogates and what lies above U+10FFFF are invalid: two
 * spellings of one character would defeat every check made on bytes.
 */
#include <string.h>

#include "utf8.h"

/* The length that the first byte promises; *min is the least character that
   needs so many bytes. */
static size_t promised(unsigned char first, uint32_t *min)
{
	if (first < 0x80) {
		*min = 0;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf) {
		*min = 0x80;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*min = 0x800;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*min = 0x10000;
		return 4;
	}
	return 0;
}

size_t utf8_first(const char *s, size_t len, uint32_t *ret)
{
	const unsigned char *b = (const unsigned char *)s;
	uint32_t min, c;
	size_t n;

	n = len ? promised(b[0], &min) : 0;
	if (n == 0 || n > len)
		return 0;
	c = n == 1 ? b[0] : b[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (ret)
		*ret = c;
	return n;
}

size_t utf8_valid(const char *s, size_t len)
{
	size_t i = 0, n;

	while (i < len && (n = utf8_first(s + i, len - i, NULL)) > 0)
		i += n;
	return i;
}

void utf8_mend(char *s)
{
	size_t len = strlen(s), start = len;
	uint32_t min;

	while (start > 0 && len - start < 3 &&
	       ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	start--;
	/* Only a beginning without its end is a cut; other damage stays. */
	if (promised((unsigned char)s[start], &min) > len - start)
		s[start] = '\0';
}
