/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nesting.c - see nesting.h
 *
 * A partition may hold any bytes, so that a map in it must be announced or
 * beyond doubt.  Partitions of disk labels hold no maps: 'a' begins where the
 * label's own disk does, and would find the same label again.
 */
#include <stdio.h>

#include "escape.h"
#include "hint.h"
#include "nesting.h"
#include "util.h"

static bool is_nested(const struct medium *medium)
{
	return medium->class == MEDIUM_PARTITION;
}

uint64_t nesting_base(const struct medium *medium)
{
	uint64_t base = 0;

	for (; medium && is_nested(medium); medium = medium->parent)
		base += medium->base;
	return base;
}

static unsigned count_maps(const struct medium *medium)
{
	unsigned n = 0;

	for (; medium && is_nested(medium); medium = medium->parent)
		n++;
	return n;
}

static int count_medium(void *arg, struct medium *medium)
{
	(void)medium;
	++*(unsigned *)arg;
	return 0;
}

static unsigned count_media(struct medium *medium)
{
	unsigned n = 0;

	(void)medium_each(medium_root(medium), count_medium, &n);
	return n;
}

static bool is_announced(const struct medium *medium,
			 const struct scheme *scheme)
{
	for (const char *const *hint = scheme->inside; hint && *hint; hint++)
		if (hint_equal(*hint, medium->type, medium->scheme))
			return true;
	return false;
}

static bool takes_maps(const struct medium *medium)
{
	return streq(medium->scheme, "gpt") || streq(medium->scheme, "mbr") ||
	       streq(medium->scheme, "apple");
}

/* What speaks against any map on @medium, or NULL. */
static const char *why_none(struct medium *medium)
{
	if (!is_nested(medium))
		return "maps are looked for on whole media and in partitions";
	if (!takes_maps(medium))
		return "partitions of this map hold no maps";
	if (medium->known && medium->known->use == KNOWN_CLOSED)
		return "what is known to be here holds no maps";
	if (count_maps(medium) >= NESTING_DEPTH)
		return "there are too many maps in each other already";
	if (count_media(medium) > NESTING_MEDIA)
		return "there are too many media already";
	return NULL;
}

bool nesting_is_possible(struct medium *medium)
{
	return medium->store->medium.whole || !why_none(medium);
}

const char *nesting_why_not(struct medium *medium,
			    const struct scheme *scheme, char buf[128])
{
	const char *found = medium->signature.type, *why;
	char safe[ESCAPE_LEN(sizeof(medium->signature.type))];

	if (medium->store->medium.whole)
		return scheme->whole ? NULL :
		       "this map is looked for in partitions of its type";
	why = why_none(medium);
	if (why)
		return why;
	if (is_announced(medium, scheme))
		return NULL;
	if (!scheme->guest)
		return "the type of the partition does not announce this map";
	if (found[0] == '\0')
		return NULL;
	snprintf(buf, 128, "the partition holds %.64s, and its type does not "
		 "announce a map", escape(found, safe, sizeof(safe)));
	return buf;
}

bool nesting_is_guess(const struct medium *medium,
		      const struct scheme *scheme)
{
	return !medium->store->medium.whole && !is_announced(medium, scheme);
}

int nesting_score(const struct medium *medium, const struct scheme *scheme,
		  int score)
{
	if (medium->store->medium.whole)
		return score;
	return is_announced(medium, scheme) ? score / 10 : score / 100;
}
