/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * medium.c - see medium.h
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "empty.h"
#include "medium.h"
#include "util.h"
#include "window.h"

#define MAX_EXTENSION 8		/* letters behind the dot of "vault.img" */

static void set(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", or_empty(from));
}

/* As I/O Kit's registry begins: small numbers are other things. */
static uint64_t new_id(void)
{
	static _Atomic uint64_t last = 0x100;

	return ++last;
}

static struct medium *new_medium(enum medium_class class, const char *name,
				 struct store *store)
{
	struct medium *medium = calloc(1, sizeof(*medium));

	if (!medium)
		return NULL;
	medium->id = new_id();
	medium->class = class;
	medium->store = store;
	medium->live = true;
	medium->name = strdup(name);
	medium->title = strdup("");
	medium->location = strdup("");
	if (medium->name && medium->title && medium->location)
		return medium;
	medium->store = NULL;
	medium_free(medium);
	return NULL;
}

struct medium *medium_new_whole(const char *name, struct store *store)
{
	struct medium *medium = new_medium(MEDIUM_WHOLE, name, store);

	if (!medium)
		return NULL;
	set(medium->hint, sizeof(medium->hint), store->medium.hint);
	set(medium->content, sizeof(medium->content), store->medium.hint);
	set(medium->uuid, sizeof(medium->uuid), store->medium.uuid);
	return medium;
}

struct medium *medium_new_resources(void)
{
	return new_medium(MEDIUM_RESOURCES, "resources", empty_store());
}

bool medium_is_bare(const struct medium *medium)
{
	if (medium->store->medium.size != 0)
		return false;
	while (medium->parent)
		medium = medium->parent;
	return medium->class == MEDIUM_RESOURCES;
}

struct medium *medium_root(struct medium *medium)
{
	while (medium->parent)
		medium = medium->parent;
	return medium;
}

struct log_about medium_about(struct medium *medium, const char *filter)
{
	return (struct log_about){ .source = medium_root(medium)->name,
				   .medium = medium->name, .filter = filter };
}

static void append_child(struct medium *parent, struct medium *medium)
{
	struct medium **last = &parent->children;

	while (*last)
		last = &(*last)->next;
	*last = medium;
	medium->parent = parent;
	medium->removable = parent->removable;
}

/* @name, or "@name~2" and so on where another medium has it. */
static void make_unique(struct medium *parent, char name[NAME_MAX + 1])
{
	struct medium *root = medium_root(parent);
	size_t len = MIN(strlen(name), (size_t)NAME_MAX - 12);

	for (unsigned n = 2; medium_find(root, name); n++)
		snprintf(name + len, NAME_MAX + 1 - len, "~%u", n);
}

int medium_become_partition(struct medium *medium, const char *scheme,
			    const struct scheme_part *part)
{
	struct filter_medium *face = &medium->store->medium;
	char location[16];

	snprintf(location, sizeof(location), "%u", part->number);
	if (set_text(&medium->title, part->name) < 0 ||
	    set_text(&medium->location, location) < 0)
		return -ENOMEM;
	medium->class = MEDIUM_PARTITION;
	set(medium->hint, sizeof(medium->hint), part->hint);
	set(medium->type, sizeof(medium->type), part->hint);
	set(medium->content, sizeof(medium->content), part->hint);
	set(medium->scheme, sizeof(medium->scheme), scheme);
	set(medium->uuid, sizeof(medium->uuid), part->uuid);
	set(face->hint, sizeof(face->hint), part->hint);
	face->whole = false;
	medium->partition = part->number;
	medium->base = part->base;
	return 0;
}

void medium_name_type(struct medium *medium, const char *name)
{
	struct filter_medium *face = &medium->store->medium;

	set(medium->hint, sizeof(medium->hint), name);
	set(medium->content, sizeof(medium->content), name);
	set(face->hint, sizeof(face->hint), name);
}

/* The partitions of one map come from one thing. */
static uint64_t map_id(const struct medium *parent, const char *scheme)
{
	for (const struct medium *child = parent->children; child;
	     child = child->next)
		if (child->class == MEDIUM_PARTITION &&
		    streq(child->scheme, scheme))
			return child->driver;
	return new_id();
}

int medium_add_partition(struct medium *parent, struct store *window,
			 const char *scheme, const struct scheme_part *part,
			 struct medium **ret)
{
	char name[NAME_MAX + 1];
	struct medium *medium;
	int r;

	medium_partition_name(parent->name, part->number, name,
			      sizeof(name));
	make_unique(parent, name);
	medium = new_medium(MEDIUM_PARTITION, name, window);
	if (!medium)
		return -ENOMEM;
	r = medium_become_partition(medium, scheme, part);
	if (r < 0) {
		medium->store = NULL;
		medium_free(medium);
		return r;
	}
	medium->depth = parent->depth;
	medium->driver = map_id(parent, scheme);
	append_child(parent, medium);
	*ret = medium;
	return 0;
}

int medium_add_filtered(struct medium *parent, struct layer *layer,
			struct module *module, struct medium **ret)
{
	struct store *store = layer_store(layer);
	char name[NAME_MAX + 1];
	struct medium *medium;

	medium_filter_name(parent->name, module_ops(module)->name, name,
			   sizeof(name));
	make_unique(parent, name);
	medium = new_medium(MEDIUM_FILTERED, name, store);
	if (!medium)
		return -ENOMEM;
	if (set_text(&medium->title, store->medium.label) < 0) {
		medium_free(medium);
		return -ENOMEM;
	}
	set(medium->hint, sizeof(medium->hint), store->medium.hint);
	set(medium->content, sizeof(medium->content), store->medium.hint);
	set(medium->uuid, sizeof(medium->uuid), store->medium.uuid);
	medium->layer = layer;
	medium->module = module;
	medium->depth = parent->depth + 1;
	medium->driver = new_id();
	append_child(parent, medium);
	*ret = medium;
	return 0;
}

static void leave_parent(struct medium *medium)
{
	struct medium **at;

	if (!medium->parent)
		return;
	at = &medium->parent->children;
	while (*at != medium)
		at = &(*at)->next;
	*at = medium->next;
}

static void clear_outcomes(struct medium *medium)
{
	for (size_t i = 0; i < medium->n_outcomes; i++)
		outcome_clear(&medium->outcomes[i]);
	free(medium->outcomes);
	catalogue_unref(medium->catalogue);
}

void medium_free(struct medium *medium)
{
	if (!medium)
		return;
	assert(!medium->export);
	while (medium->children)
		medium_free(medium->children);
	leave_parent(medium);
	/* A source that is a partition itself has its device's store. */
	if (medium->class == MEDIUM_PARTITION && medium->parent)
		window_free(medium->store);
	layer_free(medium->layer);
	module_put(medium->module);
	window_free(medium->view);
	clear_outcomes(medium);
	free(medium->name);
	free(medium->title);
	free(medium->location);
	free(medium);
}

void medium_clear(struct medium *medium)
{
	while (medium->children)
		medium_free(medium->children);
	clear_outcomes(medium);
	medium->outcomes = NULL;
	medium->n_outcomes = 0;
	medium->catalogue = NULL;
	medium->matched = false;
	medium->error = 0;
	medium->afresh = true;
	set(medium->content, sizeof(medium->content), medium->hint);
}

bool medium_is_leaf(const struct medium *medium)
{
	return !medium->children && !medium->matched;
}

const struct known *medium_known(const struct medium *medium)
{
	return medium_is_leaf(medium) ? medium->known : NULL;
}

bool medium_is_closed(const struct medium *medium)
{
	const struct known *known = medium_known(medium);

	if (medium->layer &&
	    (layer_ops(medium->layer)->flags & FILTER_TRANSPARENT))
		return false;
	return known && known->use == KNOWN_CLOSED;
}

int medium_each(struct medium *medium,
		int (*fn)(void *arg, struct medium *medium), void *arg)
{
	int r = fn(arg, medium);

	for (struct medium *child = medium->children; r == 0 && child;
	     child = child->next)
		r = medium_each(child, fn, arg);
	return r;
}

struct medium *medium_find(struct medium *root, const char *name)
{
	struct medium *found = NULL;

	if (streq(root->name, name))
		return root;
	for (struct medium *child = root->children; !found && child;
	     child = child->next)
		found = medium_find(child, name);
	return found;
}

void medium_partition_name(const char *parent, unsigned number, char *buf,
			   size_t len)
{
	size_t end = strlen(parent);
	bool digit = end > 0 && isdigit((unsigned char)parent[end - 1]);

	snprintf(buf, len, "%.*s%s%u", (int)MIN(end, len - 12), parent,
		 digit ? "p" : "", number);
}

void medium_filter_name(const char *parent, const char *filter, char *buf,
			size_t len)
{
	snprintf(buf, len, "%.*s.%s", (int)(len / 4 * 3), parent, filter);
}

/* "vault.img" without ".img", but "v1.2" and ".img" as they are. */
static size_t stem_of(const char *base)
{
	const char *dot = strrchr(base, '.');

	if (!dot || dot == base || !isalpha((unsigned char)dot[1]) ||
	    strlen(dot + 1) > MAX_EXTENSION)
		return strlen(base);
	return (size_t)(dot - base);
}

static bool is_safe(char c)
{
	return isalnum((unsigned char)c) ||
	       (c != '\0' && strchr("._+-", c) != NULL);
}

void medium_source_name(const char *path, char *buf, size_t len)
{
	bool device = strncmp(path, "/dev/", 5) == 0 &&
		      strncmp(path, "/dev/shm/", 9) != 0;
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t stem = device ? strlen(base) : stem_of(base);
	size_t n = 0;

	for (size_t i = 0; i < stem && n + 1 < len; i++) {
		/* A character of several bytes becomes one '_'. */
		if (((unsigned char)base[i] & 0xc0) != 0x80)
			buf[n++] = is_safe(base[i]) ? base[i] : '_';
	}
	buf[n] = '\0';
	if (n == 0)
		snprintf(buf, len, "medium");
	else if (buf[0] == '.' || buf[0] == '-')
		buf[0] = '_';
}

const char *medium_class_word(enum medium_class class)
{
	switch (class) {
	case MEDIUM_WHOLE:
		return "whole";
	case MEDIUM_PARTITION:
		return "partition";
	case MEDIUM_RESOURCES:
		return "resources";
	case MEDIUM_FILTERED:
		break;
	}
	return "filter";
}
