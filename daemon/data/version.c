/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * version.c - see version.h
 *
 * The order is one number, as in OSKextVersion.c: major, minor and revision
 * weigh four digits each, then come the stage and its level.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "util.h"
#include "version.h"

#define FIELDS		3u
#define FIELD_DIGITS	4u
#define FIELD_RANGE	10000u
#define LEVEL_DIGITS	3u
#define LEVEL_MAX	255u
#define STAGES		5u

/* In order; the release, which has no letter, comes after all. */
static const char *const stages[STAGES - 1] = { "d", "a", "b", "f" };

/* Takes up to @digits digits off *at. */
static int take_number(const char **at, size_t digits, unsigned *ret)
{
	size_t len = strspn(*at, "0123456789");
	unsigned number = 0;

	if (len == 0)
		return -EINVAL;
	if (len > digits)
		return -ERANGE;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + (unsigned)((*at)[i] - '0');
	*at += len;
	*ret = number;
	return 0;
}

/* Takes "d", "a", "b", "f" or "fc" off *at; what has none is released. */
static unsigned take_stage(const char **at)
{
	for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
		if (**at != stages[i][0])
			continue;
		(*at)++;
		if (stages[i][0] == 'f' && **at == 'c')
			(*at)++;
		return i;
	}
	return STAGES - 1;
}

static int take_level(const char **at, unsigned stage, unsigned *ret)
{
	unsigned level;
	int r;

	if (stage == STAGES - 1)
		return 0;
	r = take_number(at, LEVEL_DIGITS, &level);
	if (r < 0)
		return r;
	if (level > LEVEL_MAX)
		return -ERANGE;
	*ret = level;
	return 0;
}

int version_parse(const char *text, uint64_t *ret)
{
	unsigned fields[FIELDS] = { 0 }, stage, level = 0;
	const char *at = text;
	uint64_t order = 0;
	int r = 0;

	if (strlen(text) >= VERSION_LEN)
		return -ERANGE;
	for (size_t i = 0; i < FIELDS; i++) {
		if (i > 0 && *at != '.')
			break;
		at += i > 0;
		r = take_number(&at, FIELD_DIGITS, &fields[i]);
		if (r < 0)
			return r;
	}
	stage = take_stage(&at);
	r = take_level(&at, stage, &level);
	if (r < 0)
		return r;
	if (*at != '\0')
		return -EINVAL;
	for (size_t i = 0; i < FIELDS; i++)
		order = order * FIELD_RANGE + fields[i];
	*ret = (order * STAGES + stage) * (LEVEL_MAX + 1) + level;
	return 0;
}
