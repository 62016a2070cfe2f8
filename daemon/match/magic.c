/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * magic.c - see magic.h
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "escape.h"
#include "magic.h"
#include "medium.h"
#include "parse.h"
#include "port.h"
#include "scratch.h"

struct magic {
	uint64_t off;
	size_t len;
	unsigned char bytes[MAGIC_MAX];
};

static bool parse_hex(const char *s, struct magic *ret)
{
	size_t digits = strlen(s);

	if (digits == 0 || digits % 2 != 0 || digits / 2 > MAGIC_MAX)
		return false;
	for (size_t i = 0; i < digits; i += 2) {
		int high = parse_hex_digit(s[i]);
		int low = parse_hex_digit(s[i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret->bytes[i / 2] = (unsigned char)(high << 4 | low);
	}
	ret->len = digits / 2;
	return true;
}

/* @word as OFFSET:HEX; false if it is not that. */
static bool parse_magic(const char *word, struct magic *ret)
{
	const char *colon = strchr(word, ':');
	char off[32];

	if (!colon || (size_t)(colon - word) >= sizeof(off))
		return false;
	memcpy(off, word, (size_t)(colon - word));
	off[colon - word] = '\0';
	if (parse_u64(off, &ret->off) < 0 && parse_size(off, &ret->off) < 0)
		return false;
	return parse_hex(colon + 1, ret) &&
	       range_inside(ret->off, ret->len, MAGIC_REACH);
}

bool magic_is_valid(const char *word)
{
	struct magic magic;

	if (strchr(word, ':'))
		return parse_magic(word, &magic);
	for (const char *s = word; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-.+", *s))
			return false;
	return word[0] != '\0';
}

/* Whole granules around the bytes; false when they cannot be had. */
static bool read_bytes(struct store *store, uint64_t off, size_t len,
		       unsigned char *bytes)
{
	uint32_t granule = store->medium.granule;
	uint64_t from = round_down(off, granule);
	size_t whole = (size_t)(round_up(off + len, granule) - from);
	_cleanup_free_ void *buf = NULL;
	struct port port;
	int r;

	if (!range_inside(from, whole, store->medium.size))
		return false;
	buf = aligned_alloc(SCRATCH_ALIGN, round_up(whole, SCRATCH_ALIGN));
	if (!buf)
		return false;
	port_init(&port, store);
	r = port_access(&port, FILTER_READER);
	if (r == 0) {
		r = store_read(store, buf, whole, from);
		(void)port_access(&port, FILTER_NOBODY);
	}
	if (r < 0)
		return false;
	memcpy(bytes, (unsigned char *)buf + (off - from), len);
	return true;
}

bool magic_holds(const char *word, struct medium *medium)
{
	unsigned char have[MAGIC_MAX];
	struct magic want;

	/* Two types on one medium: one is left from an earlier life, and which
	   it is we cannot know. */
	if (!parse_magic(word, &want))
		return streq(word, medium->signature.type) &&
		       medium->signature.ambiguous[0] == '\0';
	return read_bytes(medium->store, want.off, want.len, have) &&
	       memcmp(have, want.bytes, want.len) == 0;
}

static size_t put(char *buf, size_t len, size_t at, const char *text)
{
	int n = snprintf(buf + at, len - at, "%s", text);

	return MIN(at + (size_t)n, len - 1);
}

static size_t put_bytes(char *buf, size_t len, size_t at,
			const struct magic *want, struct medium *medium)
{
	unsigned char have[MAGIC_MAX];
	char text[32];

	snprintf(text, sizeof(text), "%s%" PRIu64 ":", at ? " " : "",
		 want->off);
	at = put(buf, len, at, text);
	if (!read_bytes(medium->store, want->off, want->len, have))
		return put(buf, len, at, "unreadable");
	for (size_t i = 0; i < want->len; i++) {
		snprintf(text, sizeof(text), "%02X", have[i]);
		at = put(buf, len, at, text);
	}
	return at;
}

void magic_have(char *const *words, size_t n, struct medium *medium,
		char *buf, size_t len)
{
	const struct partmap_signature *signature = &medium->signature;
	char type[ESCAPE_LEN(sizeof(signature->ambiguous))];
	struct magic want;
	size_t at;

	at = put(buf, len, 0, escape(signature->type, type, sizeof(type)));
	if (signature->ambiguous[0] != '\0') {
		at = put(buf, len, at, " or ");
		at = put(buf, len, at, escape(signature->ambiguous, type,
					      sizeof(type)));
	}
	for (size_t i = 0; i < n; i++)
		if (parse_magic(words[i], &want))
			at = put_bytes(buf, len, at, &want, medium);
}
