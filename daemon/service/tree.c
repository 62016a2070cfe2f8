/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - see tree.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "escape.h"
#include "export.h"
#include "tree.h"
#include "util.h"

/* Registry entries of what is no medium and no filter: there is one. */
#define ROOT_ID 0x100

/* What an entry says of itself; the rest is its properties. */
struct entry {
	uint64_t id;
	const char *class, *name;
	bool registered, matched, active, open;
	unsigned busy;
};

static struct json_object *make(const struct entry *entry,
				struct json_object *properties)
{
	struct json_object *object = json_object_new_object();
	char safe[ESCAPE_LEN(256)];

	json_object_object_add(object, "id",
			       json_object_new_uint64(entry->id));
	json_object_object_add(object, "class",
			       json_object_new_string(entry->class));
	json_object_object_add(object, "name", json_object_new_string(
		escape(entry->name, safe, sizeof(safe))));
	json_object_object_add(object, "registered",
			       json_object_new_boolean(entry->registered));
	json_object_object_add(object, "matched",
			       json_object_new_boolean(entry->matched));
	json_object_object_add(object, "active",
			       json_object_new_boolean(entry->active));
	json_object_object_add(object, "busy",
			       json_object_new_int((int)entry->busy));
	json_object_object_add(object, "open",
			       json_object_new_boolean(entry->open));
	json_object_object_add(object, "holders",
			       json_object_new_int(entry->open));
	json_object_object_add(object, "properties", properties);
	json_object_object_add(object, "children", json_object_new_array());
	return object;
}

static void add_child(struct json_object *parent, struct json_object *child)
{
	struct json_object *children, *holders;

	(void)json_object_object_get_ex(parent, "children", &children);
	json_object_array_add(children, child);
	(void)json_object_object_get_ex(parent, "holders", &holders);
	(void)json_object_int_inc(holders, 1);
}

static struct json_object *child_of(struct json_object *parent, uint64_t id)
{
	struct json_object *children, *child, *number;

	(void)json_object_object_get_ex(parent, "children", &children);
	for (size_t i = 0; i < json_object_array_length(children); i++) {
		child = json_object_array_get_idx(children, i);
		(void)json_object_object_get_ex(child, "id", &number);
		if (json_object_get_uint64(number) == id)
			return child;
	}
	return NULL;
}

static const char *layer_word(enum layer_state state)
{
	static const char *const words[] = {
		[LAYER_NEW] = "new", [LAYER_RUNNING] = "running",
		[LAYER_CLOSED] = "closed", [LAYER_FAILED] = "failed",
		[LAYER_DRAINING] = "draining", [LAYER_STOPPED] = "stopped",
		[LAYER_GONE] = "gone",
	};

	return words[state];
}

/* The map or filter that publishes @medium. */
static struct json_object *make_driver(const struct medium *medium)
{
	struct json_object *properties = json_object_new_object();
	struct entry entry = { .id = medium->driver, .registered = true,
			       .matched = true, .active = true };
	enum layer_state state;

	if (!medium->layer) {
		entry.class = entry.name = medium->scheme;
		return make(&entry, properties);
	}
	entry.class = entry.name = layer_ops(medium->layer)->name;
	state = layer_state(medium->layer);
	entry.active = state == LAYER_RUNNING || state == LAYER_CLOSED ||
		       state == LAYER_FAILED;
	json_object_object_add(properties, "state",
			       json_object_new_string(layer_word(state)));
	json_object_object_add(properties, "version", json_object_new_string(
		or_empty(layer_ops(medium->layer)->version)));
	return make(&entry, properties);
}

static struct json_object *make_medium(const struct medium *medium);

/* What stands on @medium, below @entry.  A medium without bytes is only what
   others stand on: they stand on its filter. */
static void add_standing(struct json_object *entry,
			 const struct medium *medium)
{
	for (const struct medium *child = medium->children; child;
	     child = child->next) {
		struct json_object *driver = child_of(entry, child->driver);

		if (!driver) {
			driver = make_driver(child);
			add_child(entry, driver);
		}
		if (medium_is_bare(child))
			add_standing(driver, child);
		else
			add_child(driver, make_medium(child));
	}
}

static struct json_object *make_medium(const struct medium *medium)
{
	const struct entry entry = {
		.id = medium->id,
		.class = medium_class_word(medium->class),
		.name = medium->name,
		.registered = true,
		.matched = medium->catalogue != NULL,
		.active = !medium->layer ||
			  layer_state(medium->layer) != LAYER_GONE,
		.open = medium->export && export_is_open(medium->export),
	};
	struct json_object *object = make(&entry, describe_medium(medium));

	add_standing(object, medium);
	return object;
}

/* While a job changes the tree, only that it does can be told. */
static struct json_object *make_busy(const char *class, const char *name,
				     const char *state)
{
	const struct entry entry = {
		.class = class, .name = name, .registered = true, .busy = 1,
	};
	struct json_object *properties = json_object_new_object();

	json_object_object_add(properties, "state",
			       json_object_new_string(state));
	return make(&entry, properties);
}

/* Where a source's names are; it may be busy as well. */
static struct json_object *make_names(const struct attachment *attachment)
{
	const bool there = attachment->state == ATTACHMENT_PUBLISHED;
	const struct entry entry = {
		.class = "source", .name = service_name(attachment),
		.registered = true, .matched = there, .active = there,
		.busy = !there,
	};

	return make(&entry, json_object_new_object());
}

static struct json_object *make_nub(const struct nub *nub)
{
	if (nub_is_busy(nub))
		return make_busy("resources", "resources", "matching");
	return make_medium(nub->attachment.stack.source->root);
}

struct json_object *tree_describe(const struct service *service)
{
	struct entry entry = {
		.id = ROOT_ID, .class = "root", .name = "filterd",
		.registered = true, .matched = true, .active = true,
	};
	struct json_object *root;

	for (const struct attachment *at = service->attachments; at;
	     at = at->next)
		entry.busy += at->state != ATTACHMENT_PUBLISHED;
	entry.busy += nub_is_busy(&service->nub);
	root = make(&entry, json_object_new_object());
	add_child(root, make_nub(&service->nub));
	for (const struct attachment *at = service->attachments; at;
	     at = at->next)
		add_child(root, at->state == ATTACHMENT_PUBLISHED ?
			  make_medium(at->stack.source->root) :
			  make_busy("source", service_name(at),
				    attachment_state_word(at->state)));
	return root;
}

static void add_alias(struct json_object *source, const char *name,
		      const char *target, const struct medium *medium)
{
	const struct entry entry = {
		.id = medium->id, .class = "alias", .name = name,
		.registered = true, .matched = true, .active = true,
		.open = medium->export && export_is_open(medium->export),
	};
	struct json_object *properties = json_object_new_object();
	char safe[ESCAPE_LEN(256)];

	json_object_object_add(properties, "target", json_object_new_string(
		escape(target, safe, sizeof(safe))));
	add_child(source, make(&entry, properties));
}

/* Those of one source. */
struct aliases {
	const struct attachment *attachment;
	struct json_object *source;
};

static void take_link(void *arg, const char *link, const char *volume)
{
	const struct aliases *aliases = arg;
	struct medium *medium = medium_find(
		aliases->attachment->stack.source->root, volume);

	if (medium)
		add_alias(aliases->source, link, volume, medium);
}

struct json_object *tree_aliases(const struct service *service)
{
	const struct entry top = {
		.id = ROOT_ID, .class = "root", .name = "filterd",
		.registered = true, .matched = true, .active = true,
	};
	struct json_object *root = make(&top, json_object_new_object());

	for (const struct attachment *at = service->attachments; at;
	     at = at->next) {
		struct aliases aliases = { .attachment = at,
					   .source = make_names(at) };

		add_child(root, aliases.source);
		if (at->state != ATTACHMENT_PUBLISHED)
			continue;
		for (size_t i = 0; i < at->volumes.n; i++)
			add_alias(aliases.source,
				  at->volumes.media[i]->name,
				  export_path(at->volumes.media[i]->export),
				  at->volumes.media[i]);
		(void)place_each_link(at->place, take_link, &aliases);
	}
	return root;
}

static bool says(struct json_object *entry, const char *key,
		 const char *value)
{
	struct json_object *text;

	return json_object_object_get_ex(entry, key, &text) &&
	       streq(json_object_get_string(text), value);
}

static bool is_meant(struct json_object *entry, const char *what)
{
	struct json_object *number, *properties;
	char *end;
	uint64_t id;

	if (strncmp(what, "class:", 6) == 0)
		return says(entry, "class", what + 6);
	if (strncmp(what, "id:", 3) == 0)
		what += 3;
	id = strtoull(what, &end, 0);
	if (*what && *end == '\0') {
		(void)json_object_object_get_ex(entry, "id", &number);
		return json_object_get_uint64(number) == id;
	}
	(void)json_object_object_get_ex(entry, "properties", &properties);
	return says(entry, "name", what) || says(properties, "path", what);
}

static void collect(struct json_object *entry, const char *what,
		    struct json_object *found)
{
	struct json_object *children;

	(void)json_object_object_get_ex(entry, "children", &children);
	if (is_meant(entry, what))
		json_object_array_add(found, json_object_get(entry));
	for (size_t i = 0; i < json_object_array_length(children); i++)
		collect(json_object_array_get_idx(children, i), what, found);
}

struct json_object *tree_find(const struct service *service, const char *what)
{
	struct json_object *root = tree_describe(service);
	struct json_object *found = json_object_new_array();

	collect(root, what, found);
	json_object_put(root);
	for (size_t i = 0; i < json_object_array_length(found); i++)
		json_object_object_del(json_object_array_get_idx(found, i),
				       "children");
	return found;
}
