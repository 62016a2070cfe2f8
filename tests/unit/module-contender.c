/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module-contender.c - a filter that competes as a test wants it to: its probe
 * makes the score what is set, it prepares and starts or fails to, and says so
 *
 * Its turns are what really happened, whatever filterd has recorded: it says
 * "turn LABEL" at each.  With CONTENDER_PREPARES the turn is in the helper, as
 * with a filter that needs a key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <filterd/filter.h>

extern const struct filter_ops contender_filter;

static const char *const words[] = { "none", "EIO", "EBADMSG", "ENOKEY",
				     NULL };
static const int errors[] = { 0, EIO, EBADMSG, ENOKEY };

struct contender {
	const char *label, *score;
	unsigned prepare_error, start_error, probe_error;
};

static int contender_probe(void *self, struct filter_next *next, int *score)
{
	const struct contender *contender = self;

	if (contender->probe_error)
		next->say(next, FILTER_WHY, "probe of %s", contender->label);
	if (contender->score)
		*score = atoi(contender->score);
	return -errors[contender->probe_error];
}

static int contender_start(void *self, struct filter_next *next,
			   struct filter_medium *medium, const void *ticket,
			   size_t len)
{
	const struct contender *contender = self;

	(void)ticket;
	(void)len;
#ifndef CONTENDER_PREPARES
	next->say(next, FILTER_INFO, "turn %s", contender->label);
#endif
	if (contender->start_error) {
		next->say(next, FILTER_WHY, "start of %s", contender->label);
		return -errors[contender->start_error];
	}
	medium->hint[0] = '\0';
	snprintf(medium->label, sizeof(medium->label), "%s",
		 contender->label);
	return 0;
}

#ifdef CONTENDER_PREPARES
static int contender_prepare(void *self, struct filter_next *next)
{
	const struct contender *contender = self;

	next->say(next, FILTER_INFO, "turn %s", contender->label);
	if (contender->prepare_error)
		next->say(next, FILTER_WHY, "prepare of %s",
			  contender->label);
	return -errors[contender->prepare_error];
}
#endif

static const struct filter_param params[] = {
	{ .name = "label", .type = FILTER_TEXT,
	  .at = offsetof(struct contender, label), .preset = "?",
	  .summary = "what it is called, and its volume" },
	{ .name = "score", .type = FILTER_TEXT,
	  .at = offsetof(struct contender, score),
	  .summary = "what its probe makes of the score" },
	{ .name = "probe-error", .type = FILTER_CHOICE,
	  .at = offsetof(struct contender, probe_error), .preset = "none",
	  .summary = "what its probe ends with", .choices = words },
	{ .name = "prepare-error", .type = FILTER_CHOICE,
	  .at = offsetof(struct contender, prepare_error), .preset = "none",
	  .summary = "what its prepare ends with", .choices = words },
	{ .name = "start-error", .type = FILTER_CHOICE,
	  .at = offsetof(struct contender, start_error), .preset = "none",
	  .summary = "what its start ends with", .choices = words },
	{ .name = NULL },
};

const struct filter_ops contender_filter = {
	.abi = FILTERD_ABI,
	.flags = FILTER_TRANSPARENT,
	.name = CONTENDER_NAME,
	.summary = "competes as a test wants it to",
	.version = "1.0.0",
	.instance_size = sizeof(struct contender),
	.params = params,
	.probe = contender_probe,
#ifdef CONTENDER_PREPARES
	.prepare = contender_prepare,
#endif
	.start = contender_start,
};

FILTERD_MODULE(contender_filter);
