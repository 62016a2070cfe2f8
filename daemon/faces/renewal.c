/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renewal.c - see renewal.h
 */
#include <errno.h>
#include <stdlib.h>

#include "attachment.h"
#include "cleanup.h"
#include "events.h"
#include "growth.h"
#include "log.h"
#include "rematch.h"
#include "renewal.h"

/* Those that there are: what comes of them is new, and matched already. */
struct media {
	struct medium **list;
	size_t n;
};

static int collect(void *arg, struct medium *medium)
{
	struct media *media = arg;

	if (media->list)
		media->list[media->n] = medium;
	media->n++;
	return 0;
}

static int match(struct matcher *matcher, struct source *source,
		 struct volumes *volumes, struct medium *medium)
{
	struct failure f = { .code = EXIT_OK };
	int r = volumes ? volumes_withdraw(volumes, medium, &f) : 0;

	if (r < 0) {
		log_warning("'%s' is not matched once more: %s", medium->name,
			    f.text);
		return 0;
	}
	r = matcher_again(matcher, source, medium, &f);
	if (r == -ENOMEM || r == -ECANCELED)
		return r;
	if (r < 0)
		log_warning("%s", f.text);
	return 0;
}

int renewal_run(struct matcher *matcher, struct source *source,
		struct volumes *volumes, bool all)
{
	_cleanup_free_ struct medium **list = NULL;
	struct media media = { 0 };
	int r = 0;

	(void)medium_each(source->root, collect, &media);
	list = media.list = calloc(media.n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	media.n = 0;
	(void)medium_each(source->root, collect, &media);
	for (size_t i = 0; r == 0 && i < media.n; i++)
		if (rematch_is_due(matcher, list[i], all))
			r = match(matcher, source, volumes, list[i]);
	return r;
}

/* A line of the feed, from the job to the main thread. */
struct grown {
	struct attachment *attachment;
	struct medium *medium;
};

static void tell_grown(void *arg)
{
	const struct grown *grown = arg;
	struct attachment *attachment = grown->attachment;

	log_info("'%s' has another size now", grown->medium->name);
	if (attachment->hooks->grew)
		attachment->hooks->grew(attachment, grown->medium);
}

static void say_grown(void *arg, struct medium *medium)
{
	struct grown grown = { .attachment = arg, .medium = medium };

	events_call(tell_grown, &grown);
}

void renewal_measure(struct attachment *attachment)
{
	struct failure f = { .code = EXIT_OK };

	if (growth_follow(attachment->stack.source, say_grown, attachment,
			  &f) < 0)
		log_warning("%s", f.text);
}
