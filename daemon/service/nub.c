/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nub.c - see nub.h
 */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "escape.h"
#include "job.h"
#include "log.h"
#include "nub.h"
#include "renewal.h"

static void say(void *arg, struct medium *medium, int level,
		const char *text)
{
	const struct log_about about = medium_about(medium, "");
	char safe[512];

	(void)arg;
	log_about(&about, level == FILTER_WARNING ? LOG_LEVEL_WARNING :
		  level == FILTER_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
		  "%s: %s", medium->name, escape(text, safe, sizeof(safe)));
}

int nub_open(struct nub *nub, struct modules *modules,
	     void (*settled)(void *arg), void *arg)
{
	*nub = (struct nub){
		.source = { .scan_fd = -1, .claim_fd = -1 },
		.settled = settled, .arg = arg,
	};
	nub->resources = resources_new();
	nub->source.root = medium_new_resources();
	if (!nub->resources || !nub->source.root) {
		nub_close(nub);
		return -ENOMEM;
	}
	nub->matcher = (struct matcher){
		.modules = modules, .resources = nub->resources,
		.start = true, .keep_going = true, .say = say,
		.ask = { .fd = -1, .fd_is = ASK_AGENT,
			 .cancelled = &nub->cancelled },
	};
	return 0;
}

static int match(void *arg)
{
	struct nub *nub = arg;
	struct failure f = { .code = EXIT_OK };
	int r;

	job_watch(&nub->cancelled);
	if (nub->matched)
		return renewal_run(&nub->matcher, &nub->source, NULL,
				   nub->all);
	r = matcher_run(&nub->matcher, &nub->source, &f);
	if (r < 0)
		log_warning("%s", f.text);
	return r;
}

static void begin(struct nub *nub);

static void matched(void *arg, int result)
{
	struct nub *nub = arg;

	if (result < 0 && result != -ECANCELED)
		log_warning("what needs no disk cannot be matched: %s",
			    strerror(-result));
	nub->busy = false;
	nub->matched = true;
	begin(nub);
	if (!nub->busy && nub->settled)
		nub->settled(nub->arg);
}

static int take_down(void *arg)
{
	struct nub *nub = arg;

	return matcher_stop(nub->source.root);
}

static void taken_down(void *arg, int result)
{
	struct nub *nub = arg;

	if (result < 0)
		log_warning("'resources': a filter did not stop well: %s",
			    strerror(-result));
	nub->stopped(nub->arg);
}

/* The next job, if there is one to be done. */
static void begin(struct nub *nub)
{
	int r = 0;

	if (nub->stopped) {
		if (job_start(take_down, taken_down, nub) < 0)
			taken_down(nub, take_down(nub));
		return;
	}
	if (!nub->coming)
		return;
	catalogue_unref(nub->catalogue);
	nub->catalogue = nub->matcher.catalogue = take_ptr(&nub->coming);
	nub->all = nub->coming_all;
	nub->coming_all = false;
	nub->busy = true;
	r = job_start(match, matched, nub);
	if (r < 0)
		matched(nub, r);
}

void nub_renew(struct nub *nub, struct catalogue *catalogue, bool all)
{
	if (nub->stopped)
		return;
	catalogue_ref(catalogue);
	catalogue_unref(nub->coming);
	nub->coming = catalogue;
	nub->coming_all = nub->coming_all || all;
	if (!nub->busy)
		begin(nub);
}

bool nub_is_busy(const struct nub *nub)
{
	return nub->busy || nub->coming;
}

void nub_stop(struct nub *nub, void (*stopped)(void *arg))
{
	nub->stopped = stopped;
	__atomic_store_n(&nub->cancelled, 1, __ATOMIC_RELAXED);
	if (!nub->busy)
		begin(nub);
}

void nub_close(struct nub *nub)
{
	medium_free(nub->source.root);
	resources_free(nub->resources);
	catalogue_unref(nub->catalogue);
	catalogue_unref(nub->coming);
	*nub = (struct nub){ 0 };
}
