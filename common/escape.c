/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * escape.c - see escape.h
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "utf8.h"
#include "util.h"

#define NO_CHARACTER UINT32_MAX

/* What moves, hides or splits text on a terminal: Unicode's Cc, Bidi_Control,
   line separators, and format characters that are not seen. */
static const struct {
	uint32_t first, last;
} unsafe[] = {
	{ 0x0000, 0x001f },
	{ '\\', '\\' },
	{ 0x007f, 0x009f },
	{ 0x00ad, 0x00ad },	/* soft hyphen */
	{ 0x034f, 0x034f },	/* grapheme joiner */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x115f, 0x1160 },	/* Hangul fillers */
	{ 0x17b4, 0x17b5 },	/* Khmer inherent vowels */
	{ 0x180b, 0x180f },	/* Mongolian selectors and separator */
	{ 0x200b, 0x200f },	/* zero width, direction marks */
	{ 0x2028, 0x202e },	/* separators, embeddings, overrides */
	{ 0x2060, 0x206f },	/* joiner, isolates, deprecated controls */
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xffa0, 0xffa0 },	/* half width Hangul filler */
	{ 0xfff9, 0xfffb },	/* interlinear annotation */
	{ 0xe0000, 0xe0fff },	/* tags and selectors */
};

static bool is_unsafe(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unsafe); i++)
		if (c >= unsafe[i].first && c <= unsafe[i].last)
			return true;
	return false;
}

static void put_hex(char *to, const char *from, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		unsigned char b = (unsigned char)from[i];

		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[b >> 4];
		*to++ = digits[b & 15];
	}
}

static char *escape_but(const char *s, char *buf, size_t size, uint32_t stays)
{
	size_t left = strlen(s), len = 0;

	if (size == 0)
		return buf;
	while (left > 0) {
		uint32_t c = 0;
		size_t n = utf8_first(s, left, &c);
		bool safe = n > 0 && (c == stays || !is_unsafe(c));
		size_t out;

		if (n == 0)
			n = 1;
		out = safe ? n : 4 * n;
		if (out > size - 1 - len)
			break;
		if (safe)
			memcpy(buf + len, s, n);
		else
			put_hex(buf + len, s, n);
		len += out;
		s += n;
		left -= n;
	}
	buf[len] = '\0';
	return buf;
}

char *escape(const char *s, char *buf, size_t size)
{
	return escape_but(s, buf, size, NO_CHARACTER);
}

char *escape_again(const char *s, char *buf, size_t size)
{
	return escape_but(s, buf, size, '\\');
}

char *escape_dup(const char *s)
{
	size_t size;
	char *buf;

	if (mul_overflow(strlen(s), (size_t)4, &size) ||
	    add_overflow(size, (size_t)1, &size))
		return NULL;
	buf = malloc(size);
	return buf ? escape(s, buf, size) : NULL;
}

const char *escape_word(const char *text, char *buf, size_t len)
{
	size_t n = 0;
	bool safe = *text != '\0';

	for (const char *s = text; *s; s++)
		if (!isascii((unsigned char)*s) ||
		    !(isalnum((unsigned char)*s) || strchr("._+-/:=@~,", *s)))
			safe = false;
	if (safe) {
		(void)snprintf(buf, len, "%s", text);
		return buf;
	}
	/* Each quote takes four bytes, and two stand around all. */
	buf[n++] = '\'';
	for (const char *s = text; *s && n + 7 < len; s++) {
		if (*s == '\'') {
			memcpy(buf + n, "'\\''", 4);
			n += 4;
		} else {
			buf[n++] = *s;
		}
	}
	buf[n++] = '\'';
	buf[n] = '\0';
	return buf;
}

struct escape_shown escape_show(const char *path)
{
	struct escape_shown shown;

	escape(path, shown.text, sizeof(shown.text));
	return shown;
}
