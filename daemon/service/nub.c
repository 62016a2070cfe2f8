/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nub.c - see nub.h
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "log.h"
#include "nub.h"
#include "parting.h"

#define NAME "resources"

static void renewed(struct attachment *attachment)
{
	struct nub *nub = attachment->owner;

	nub->settled(nub->arg);
}

/* Whoever stops it tries again. */
static void refused(struct attachment *attachment)
{
	(void)attachment;
}

static void ended(struct attachment *attachment)
{
	struct nub *nub = attachment->owner;

	if (attachment->failure.code != EXIT_OK)
		log_warning("%s", attachment->failure.text);
	nub->stopped(nub->arg);
}

static void step(struct attachment *attachment, const char *text)
{
	(void)attachment;
	(void)text;			/* nobody waits for it */
}

static void say(struct attachment *attachment, struct medium *medium,
		int level, const char *text)
{
	const struct log_about about = medium_about(medium, "");
	char safe[512];

	(void)attachment;
	log_about(&about, level == FILTER_WARNING ? LOG_LEVEL_WARNING :
		  level == FILTER_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
		  "%s: %s", medium->name, escape(text, safe, sizeof(safe)));
}

/* Without a file it has nothing to be stuck in. */
static const struct attachment_hooks hooks = {
	.renewed = renewed, .refused = refused, .stuck = refused,
	.ended = ended, .step = step, .say = say,
};

static struct source *new_source(void)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->scan_fd = source->claim_fd = -1;
	source->path = strdup(NAME);
	source->name = strdup(NAME);
	source->root = medium_new_resources();
	if (source->path && source->name && source->root)
		return source;
	source_close(source);
	return NULL;
}

int nub_open(struct nub *nub, struct catalogue *catalogue,
	     struct modules *modules, void (*settled)(void *arg), void *arg)
{
	const struct stack_options options = {
		.start = true, .keep_going = true,
		.ask = { .fd = -1, .fd_is = ASK_AGENT },
	};
	struct attachment *attachment = &nub->attachment;
	int r;

	*nub = (struct nub){ .settled = settled, .arg = arg };
	attachment->hooks = &hooks;
	attachment->owner = nub;
	attachment->source = NAME;
	r = stack_share(&attachment->stack, &options, catalogue, modules,
			NULL);
	nub->resources = resources_new();
	attachment->stack.source = new_source();
	if (r == 0 && (!nub->resources || !attachment->stack.source))
		r = -ENOMEM;
	if (r == 0)
		r = attachment_rise(attachment);
	if (r < 0) {
		nub_close(nub);
		return r;
	}
	attachment->stack.matcher.resources = nub->resources;
	return 0;
}

void nub_renew(struct nub *nub, struct catalogue *catalogue, bool all)
{
	attachment_renew(&nub->attachment, catalogue, all);
}

bool nub_is_busy(const struct nub *nub)
{
	return nub->attachment.state != ATTACHMENT_PUBLISHED ||
	       nub->attachment.coming;
}

void nub_stop(struct nub *nub, void (*stopped)(void *arg))
{
	nub->stopped = stopped;
	parting_detach(&nub->attachment);
}

void nub_close(struct nub *nub)
{
	attachment_close(&nub->attachment);
	resources_free(nub->resources);
	*nub = (struct nub){ 0 };
}
