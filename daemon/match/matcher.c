/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * matcher.c - see matcher.h
 *
 * The way through the tree; what happens on one medium is pass.c's.
 */
#include <errno.h>
#include <stdio.h>

#include "matcher.h"
#include "pass.h"
#include "source.h"
#include "util.h"

struct run {
	struct matcher *matcher;
	struct source *source;
	struct failure *failure;	/* of the first error */
	int error;
};

static void settle(const struct run *run, struct medium *medium)
{
	if (run->matcher->settled)
		run->matcher->settled(run->matcher->arg, medium);
}

static bool is_beside(const struct run *run, const struct medium *medium)
{
	return run->matcher->only != 0 &&
	       medium->parent == run->source->root &&
	       medium->partition != run->matcher->only;
}

/* "1, 2 and 5" of the partitions that there are. */
static void list_partitions(const struct medium *root, char *buf, size_t len)
{
	size_t at = 0;

	buf[0] = '\0';
	for (const struct medium *child = root->children; child;
	     child = child->next) {
		if (child->partition == 0 || at >= len)
			continue;
		at += (size_t)snprintf(buf + at, len - at, "%s%u",
				       at == 0 ? "" :
				       child->next ? ", " : " and ",
				       child->partition);
	}
}

static int check_only(struct run *run)
{
	const struct medium *root = run->source->root;
	char there[256];

	if (run->matcher->only == 0)
		return 0;
	for (const struct medium *child = root->children; child;
	     child = child->next)
		if (child->partition == run->matcher->only)
			return 0;
	failure_set(run->failure, -ENOENT, EXIT_NOT_FOUND,
		    "'%s' has no partition %u", root->name,
		    run->matcher->only);
	list_partitions(root, there, sizeof(there));
	if (there[0] != '\0')
		failure_hint(run->failure, "it has %s", there);
	else
		failure_hint(run->failure, "it has none: name it without "
			     "\":%u\"", run->matcher->only);
	return -ENOENT;
}

/* Takes note of an error that does not end the run at once. */
static int note_error(struct run *run, int error, const struct failure *f)
{
	const struct matcher *matcher = run->matcher;

	if (error == 0 || matcher->keep_going)
		return 0;
	if (run->error == 0) {
		run->error = error;
		if (run->failure)
			*run->failure = *f;
	}
	return matcher->start ? error : 0;
}

/* Returns what ends the run. */
static int match_tree(struct run *run, struct medium *medium)
{
	struct failure f = { 0 };
	int r = pass_run(run->matcher, run->source, medium, &f);

	settle(run, medium);
	if (r < 0) {
		if (run->failure)
			*run->failure = f;
		return r;
	}
	r = note_error(run, medium->error, &f);
	if (r == 0 && !medium->parent && medium->error == 0)
		r = check_only(run);
	for (struct medium *child = medium->children; r == 0 && child;
	     child = child->next) {
		if (is_beside(run, child))
			settle(run, child);
		else
			r = match_tree(run, child);
	}
	return r;
}

int matcher_run(struct matcher *matcher, struct source *source,
		struct failure *f)
{
	struct run run = { .matcher = matcher, .source = source,
			   .failure = f };
	int r = match_tree(&run, source->root);

	return r < 0 ? r : run.error;
}

int matcher_again(struct matcher *matcher, struct source *source,
		  struct medium *medium, struct failure *f)
{
	struct run run = { .matcher = matcher, .source = source,
			   .failure = f };
	struct medium *last = medium->children, *child;
	struct failure own = { 0 };
	int r;

	while (last && last->next)
		last = last->next;
	r = pass_run(matcher, source, medium, &own);
	if (r < 0) {
		if (f)
			*f = own;
		return r;
	}
	r = note_error(&run, medium->error, &own);
	for (child = last ? last->next : medium->children; r == 0 && child;
	     child = child->next)
		r = match_tree(&run, child);
	return r < 0 ? r : run.error;
}

/* What stands on top is stopped before what it stands on. */
static int stop_layers(struct medium *medium)
{
	int r, first = 0;

	for (struct medium *child = medium->children; child;
	     child = child->next) {
		r = stop_layers(child);
		first = first < 0 ? first : r;
	}
	if (!medium->layer || layer_state(medium->layer) == LAYER_STOPPED)
		return first;
	r = layer_stop(medium->layer);
	return first < 0 ? first : r;
}

int matcher_stop(struct medium *root)
{
	int first = stop_layers(root);
	int r = 0;

	if (root->store->medium.writable)
		r = store_flush(root->store);
	return first < 0 ? first : r;
}

int matcher_clear(struct medium *medium)
{
	int first = 0;

	for (struct medium *child = medium->children; child;
	     child = child->next)
		if (stop_layers(child) < 0)
			first = -EIO;
	if (first == 0 && medium->store->medium.writable)
		first = store_flush(medium->store);
	medium_clear(medium);
	return first;
}
