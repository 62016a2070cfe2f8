/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * start.c - see start.h
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "events.h"
#include "seconds.h"
#include "start.h"
#include "util.h"
#include "window.h"

static void say(void *arg, int level, const char *text)
{
	const struct pass *pass = arg;
	const struct matcher *matcher = pass->matcher;

	if (matcher->say)
		matcher->say(matcher->arg, pass->medium, level, text);
}

/* Whether something stands on the medium already. */
static bool is_taken(const struct medium *medium)
{
	return medium->matched || medium->children;
}

static void set_content(struct medium *medium, const char *content)
{
	snprintf(medium->content, sizeof(medium->content), "%s", content);
}

struct map {
	struct medium *medium;
	const struct names *names;
	const struct helper_scan *scan;
	struct store **windows;	/* of scan's parts; NULL: left out */
	int result;
};

static void map_clear(struct map *map)
{
	for (size_t i = 0; map->windows && i < map->scan->n_parts; i++)
		window_free(map->windows[i]);
	free(map->windows);
}

static int open_windows(struct pass *pass, struct map *map)
{
	bool taken = is_taken(map->medium);
	char text[96];

	map->windows = calloc(map->scan->n_parts + 1, sizeof(*map->windows));
	if (!map->windows)
		return -ENOMEM;
	for (size_t i = 0; i < map->scan->n_parts; i++) {
		const struct helper_part *part = &map->scan->parts[i];
		int r = window_new(map->medium->store, part->base, part->size,
				   part->writable && !taken,
				   &map->windows[i]);

		if (r == -ENOMEM)
			return r;
		if (r == 0)
			continue;
		snprintf(text, sizeof(text), "partition %u is left out: it "
			 "does not lie in the medium", part->number);
		say(pass, FILTER_WARNING, text);
	}
	return 0;
}

static int add_partition(struct map *map, size_t i)
{
	const struct helper_part *found = &map->scan->parts[i];
	const struct scheme_part part = {
		.base = found->base, .number = found->number,
		.hint = found->hint, .name = found->name, .uuid = found->uuid,
	};
	const char *scheme = map->scan->scheme->name, *name;
	struct medium *child;
	int r;

	if (!map->windows[i])
		return 0;
	r = medium_add_partition(map->medium, map->windows[i],
				 scheme, &part, &child);
	if (r < 0)
		return r;
	map->windows[i] = NULL;
	name = names_find(map->names, scheme, part.hint);
	if (name)
		medium_name_type(child, name);
	return 0;
}

/* The first child that came after @last. */
static struct medium *first_after(struct medium *medium, struct medium *last)
{
	return last ? last->next : medium->children;
}

static void add_partitions(void *arg)
{
	struct map *map = arg;
	struct medium *last = map->medium->children;

	while (last && last->next)
		last = last->next;
	for (size_t i = 0; map->result == 0 && i < map->scan->n_parts; i++)
		map->result = add_partition(map, i);
	while (map->result < 0 && first_after(map->medium, last))
		medium_free(first_after(map->medium, last));
	if (map->result < 0)
		return;
	map->medium->matched = true;
	set_content(map->medium, map->scan->scheme->content);
}

/* Half of a mirror, with the mirror's map on it: what is written here makes
   the halves differ. */
static void warn_of_mirror(struct pass *pass)
{
	const struct known *known = pass->medium->known;
	char text[160];

	if (!known || !known->mirror || !pass->medium->store->medium.writable)
		return;
	snprintf(text, sizeof(text), "it is also %s: what is written here does "
		 "not reach its other members; -r keeps it as it is",
		 known->name);
	say(pass, FILTER_WARNING, text);
}

int start_map(struct pass *pass, const struct candidate *candidate,
	      struct failure *f)
{
	_cleanup_(map_clear) struct map map = {
		.medium = pass->medium, .scan = candidate->scan,
		.names = catalogue_names(pass->matcher->catalogue),
	};
	int r = open_windows(pass, &map);

	if (r == 0) {
		events_call(add_partitions, &map);
		r = map.result;
	}
	if (r < 0)
		return failure_errno(f, r, "'%s'", pass->medium->name);
	if (candidate->scan->why[0] != '\0')
		say(pass, FILTER_WARNING, candidate->scan->why);
	warn_of_mirror(pass);
	return 0;
}

/* A layer on its way into the tree. */
struct rising {
	const struct matcher *matcher;
	struct medium *medium;
	struct module *module;
	const struct personality *personality;
	struct store *view;
	struct helper_ticket ticket;
	struct layer *layer;
	int result;
};

static void rising_clear(struct rising *rising)
{
	helper_ticket_free(&rising->ticket);
	layer_free(rising->layer);
	window_free(rising->view);
}

static struct store *below(const struct rising *rising)
{
	return rising->view ? rising->view : rising->medium->store;
}

static int open_view(struct rising *rising, struct failure *f)
{
	struct store *store = rising->medium->store;
	int r;

	if (!store->medium.writable || store->medium.size == 0 ||
	    (!rising->personality->read_only && !is_taken(rising->medium)))
		return 0;
	r = window_new(store, 0, store->medium.size, false, &rising->view);
	if (r < 0)
		return failure_errno(f, r, "'%s'", rising->medium->name);
	rising->view->medium = store->medium;
	rising->view->medium.writable = false;
	return 0;
}

static void add_filtered(void *arg)
{
	struct rising *rising = arg;
	struct medium *medium = rising->medium, *child;

	rising->result = medium_add_filtered(medium, rising->layer,
					     rising->module, &child);
	if (rising->result < 0)
		return;
	child->view = take_ptr(&rising->view);
	rising->layer = NULL;
	medium->matched = true;
	/* A map says what a medium holds; where none does, what was found. */
	if (medium->content[0] == '\0')
		set_content(medium, medium->signature.type[0] ?
				    medium->signature.type :
				    module_ops(rising->module)->name);
}

static int start_layer(struct rising *rising, struct failure *f)
{
	const struct filter_ops *ops = module_ops(rising->module);
	char name[NAME_MAX + 1];
	int r;

	medium_filter_name(rising->medium->name, ops->name, name,
			   sizeof(name));
	r = layer_new(ops, name, &rising->personality->settings,
		      below(rising), &rising->layer, f);
	if (r < 0)
		return failure_errno(f, r, "'%s' cannot be set up", name);
	layer_link(rising->layer, rising->module);
	layer_watch(rising->layer, rising->matcher->changed,
		    rising->matcher->arg);
	r = layer_start(rising->layer, rising->ticket.data,
			rising->ticket.len, f);
	if (r < 0)
		return failure_errno(f, r, "'%s' cannot be started", name);
	events_call(add_filtered, rising);
	if (rising->result < 0) {
		(void)layer_stop(rising->layer);	/* nothing is written */
		return failure_errno(f, rising->result, "'%s'", name);
	}
	return 0;
}

/* Secrets are asked for; what the settings name is closed at return. */
static int prepare(struct pass *pass, struct rising *rising,
		   struct failure *f)
{
	_cleanup_(seconds_close) struct seconds seconds;
	int r = seconds_open(rising->personality, module_ops(rising->module),
			     &seconds, f);

	if (r < 0)
		return r;
	return helper_prepare(&(struct helper_subject){
		.module = rising->module, .settings = &seconds.settings,
		.store = below(rising), .name = pass->medium->name,
	}, &pass->matcher->ask, say, pass, &rising->ticket, f);
}

int start_filter(struct pass *pass, struct candidate *candidate,
		 struct failure *f)
{
	_cleanup_(rising_clear) struct rising rising = {
		.matcher = pass->matcher,
		.medium = pass->medium, .module = candidate->module,
		.personality = pass->outcomes[candidate->at].personality,
	};
	int r = open_view(&rising, f);

	if (r == 0 && module_ops(rising.module)->prepare) {
		r = prepare(pass, &rising, f);
		if (r < 0)
			failure_errno(f, r, "'%s' cannot be opened",
				      pass->medium->name);
	}
	if (r == 0)
		r = start_layer(&rising, f);
	if (r == 0)
		candidate->module = NULL;
	return r;
}
