/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chore.c - what a caller wants of one filter, done in a job
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chore.h"
#include "escape.h"
#include "export.h"
#include "job.h"
#include "util.h"
#include "varlink.h"

#define FOUND_LEN 256

struct search {
	const char *what;
	bool all;			/* every filter of the source will do */
	uint64_t id;			/* 0: not by number */
	struct attachment *at, *attachment;
	struct medium *medium;
	unsigned found;
	char names[FOUND_LEN];
};

static bool is_meant(const struct search *search, const struct medium *medium)
{
	const char *what = search->what;

	if (search->all)
		return true;
	if (search->id)
		return medium->id == search->id ||
		       medium->driver == search->id;
	if (strncmp(what, "class:", 6) == 0)
		return streq(layer_ops(medium->layer)->name, what + 6);
	return streq(medium->name, what) ||
	       (medium->export && streq(export_path(medium->export), what));
}

static int look(void *arg, struct medium *medium)
{
	struct search *search = arg;
	size_t len = strlen(search->names);

	if (!medium->layer || !is_meant(search, medium))
		return 0;
	(void)snprintf(search->names + len, sizeof(search->names) - len,
		       "%s%s", len > 0 ? ", " : "", medium->name);
	search->found++;
	search->attachment = search->at;
	search->medium = medium;
	return 0;
}

/* While a job has a tree it is not looked at. */
static void look_at(struct search *search, struct attachment *attachment)
{
	if (attachment->state != ATTACHMENT_PUBLISHED)
		return;
	search->at = attachment;
	(void)medium_each(attachment->stack.source->root, look, search);
}

/* A source means all its filters: of use where there is one. */
static void look_for_source(struct search *search,
			    const struct service *service)
{
	for (struct attachment *at = service->attachments; at; at = at->next) {
		if (!streq(service_name(at), search->what) &&
		    !streq(at->source, search->what))
			continue;
		search->all = true;
		look_at(search, at);
	}
}

static uint64_t read_id(const char *what)
{
	char *end;
	uint64_t id;

	if (strncmp(what, "id:", 3) != 0)
		return 0;
	id = strtoull(what + 3, &end, 0);
	return *end == '\0' ? id : 0;
}

int chore_find(const struct service *service, const char *what,
	       struct attachment **ret_attachment, struct medium **ret,
	       struct failure *f)
{
	struct search search = { .what = what, .id = read_id(what) };
	char safe[256];

	for (struct attachment *at = service_next(service, NULL); at;
	     at = service_next(service, at))
		look_at(&search, at);
	if (search.found == 0)
		look_for_source(&search, service);
	escape(what, safe, sizeof(safe));
	if (search.found == 0) {
		failure_hint(f, "\"filterctl stats\" shows the filters that "
			     "run");
		return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
				   "'%s' means no filter that runs", safe);
	}
	if (search.found > 1) {
		failure_hint(f, "name one of: %s", search.names);
		return failure_set(f, -ENOTUNIQ, EXIT_USAGE,
				   "'%s' means %u filters", safe,
				   search.found);
	}
	*ret_attachment = search.attachment;
	*ret = search.medium;
	return 0;
}

static int work(void *arg)
{
	struct chore *chore = arg;

	return chore->work(chore);
}

static void done(void *arg, int result)
{
	struct chore *chore = arg;

	attachment_unpin(chore->attachment);
	if (result == 0) {
		server_reply(chore->call, chore->reply);
	} else {
		(void)failure_errno(&chore->failure, result, "cannot do it");
		server_fail(chore->call, &chore->failure);
		json_object_put(chore->reply);
	}
	free(chore);
}

/* Finds and pins what it is about. */
static int prepare(struct service *service, struct chore *chore)
{
	const char *what = varlink_string(server_parameters(chore->call),
					  "name");
	int r = chore_find(service, what, &chore->attachment, &chore->medium,
			   &chore->failure);

	return r < 0 ? r : attachment_pin(chore->attachment,
					  &chore->failure);
}

void chore_start(struct service *service, struct server_call *call,
		 int (*fn)(struct chore *chore))
{
	struct chore *chore = calloc(1, sizeof(*chore));
	struct failure f = { 0 };
	int r;

	if (!chore) {
		(void)failure_errno(&f, -ENOMEM, "cannot do it");
		server_fail(call, &f);
		return;
	}
	chore->service = service;
	chore->call = call;
	chore->work = fn;
	r = prepare(service, chore);
	if (r < 0) {
		server_fail(call, &chore->failure);
		free(chore);
		return;
	}
	r = job_start(work, done, chore);
	if (r < 0)
		done(chore, r);
}
