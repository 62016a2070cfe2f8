/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module-planted.c - a filter that has been taken over: what it does is
 * written on the disk
 *
 * "probe: DEED" or "prepare: DEED" stands at the beginning of the medium.
 * deeds.h has them, and a few are of the filter API.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <filterd/filter.h>

#include "deeds.h"

extern const struct filter_ops planted_filter;

static int report(struct filter_next *next, int r)
{
	if (r == -EBADE)
		next->say(next, FILTER_WHY, "something forbidden went well");
	if (r == -EINVAL)
		next->say(next, FILTER_WHY, "there is no such deed");
	return r;
}

/* What stands on the disk for @stage, or NULL. */
static const char *find_deed(struct filter_next *next, const char *stage,
			     char text[512])
{
	size_t len = strlen(stage);

	if (next->read(next, text, 512, 0) < 0 ||
	    strncmp(text, stage, len) != 0)
		return NULL;
	text[511] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text + len;
}

static int probe(void *self, struct filter_next *next, int *score)
{
	char text[512];
	const char *deed = find_deed(next, "probe: ", text);

	(void)self;
	if (!deed)
		return 0;
	if (strcmp(deed, "wild-score") == 0) {
		*score = INT_MAX;
		return 0;
	}
	if (strcmp(deed, "wild-result") == 0)
		return INT_MAX;
	if (strcmp(deed, "cancel") == 0)
		return -ECANCELED;
	return report(next, deeds_do(deed));
}

static int prepare(void *self, struct filter_next *next)
{
	char text[512];
	const char *deed = find_deed(next, "prepare: ", text);

	(void)self;
	return deed ? report(next, deeds_do(deed)) : 0;
}

/* It may hold a map of its own, for the planted scheme. */
static int start(void *self, struct filter_next *next,
		 struct filter_medium *medium, const void *ticket, size_t len)
{
	(void)self, (void)next, (void)ticket, (void)len;
	medium->whole = true;
	medium->hint[0] = '\0';
	return 0;
}

const struct filter_ops planted_filter = {
	.abi = FILTERD_ABI,
	.flags = FILTER_TRANSPARENT,
	.name = "planted",
	.summary = "has been taken over",
	.version = "1.0.0",
	.probe = probe,
	.prepare = prepare,
	.start = start,
};

FILTERD_MODULE(planted_filter);
