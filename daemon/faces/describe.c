/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * describe.c - see describe.h
 */
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "cleanup.h"
#include "describe.h"
#include "escape.h"
#include "export.h"
#include "loops.h"
#include "util.h"
#include "wording.h"

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	char safe[WORDING_LEN];

	escape(or_empty(text), safe, sizeof(safe));
	json_object_object_add(object, key, json_object_new_string(safe));
}

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	json_object_object_add(object, key,
			       json_object_new_uint64(number));
}

static void add_int(struct json_object *object, const char *key, int number)
{
	json_object_object_add(object, key, json_object_new_int(number));
}

static void add_bool(struct json_object *object, const char *key, bool truth)
{
	json_object_object_add(object, key, json_object_new_boolean(truth));
}

static struct json_object *
describe_signature(const struct partmap_signature *signature)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	add_text(object, "type", signature->type);
	add_text(object, "label", signature->label);
	add_text(object, "uuid", signature->uuid);
	add_text(object, "ambiguous", signature->ambiguous);
	return object;
}

/* What identifies the medium and where it lies. */
static void add_identity(struct json_object *object,
			 const struct medium *medium)
{
	char kind[WORDING_LEN];

	add_text(object, "name", medium->name);
	if (medium->parent)
		add_text(object, "parent", medium->parent->name);
	add_text(object, "class", medium_class_word(medium->class));
	add_text(object, "title", medium->title);
	add_text(object, "location", medium->location);
	add_text(object, "content_hint", medium->hint);
	add_text(object, "content_type", medium->type);
	add_text(object, "content", medium->content);
	add_text(object, "type", or_empty(wording_friendly(medium)));
	json_object_object_add(object, "kind", json_object_new_string(
		wording_kind(medium, kind, sizeof(kind))));
	add_text(object, "scheme", medium->scheme);
	add_text(object, "uuid", medium->uuid);
	add_number(object, "partition", medium->partition);
	add_number(object, "base", medium->base);
}

/* What is on it is called so; else the filter's or the map's name for it. */
static const char *label_of(const struct medium *medium)
{
	if (medium->signature.label[0])
		return medium->signature.label;
	if (medium->store->medium.label[0])
		return medium->store->medium.label;
	return medium->title;
}

/* What can be done with it. */
static void add_properties(struct json_object *object,
			   const struct medium *medium)
{
	const struct filter_medium *face = &medium->store->medium;
	bool exported = medium->export && export_is_open(medium->export);

	add_number(object, "size", store_size(medium->store));
	add_number(object, "granule", face->granule);
	add_bool(object, "whole", face->whole ||
				  medium->class == MEDIUM_WHOLE);
	add_bool(object, "leaf", medium_is_leaf(medium));
	add_bool(object, "open", exported || medium->children != NULL);
	add_bool(object, "writable", face->writable);
	add_bool(object, "removable", medium->removable);
	add_bool(object, "live", medium->live);
	add_text(object, "label", label_of(medium));
	json_object_object_add(object, "signature",
			       describe_signature(&medium->signature));
}

static struct json_object *describe_known(const struct medium *medium)
{
	const struct known *known = medium_known(medium);
	struct json_object *object = json_object_new_object();
	char step[ADVICE_LEN];

	if (!object)
		return NULL;
	add_text(object, "id", known->id);
	add_text(object, "name", known->name);
	add_bool(object, "closed", medium_is_closed(medium));
	json_object_object_add(object, "next", json_object_new_string(
		advice_step(medium, step, sizeof(step))));
	return object;
}

struct json_object *describe_medium(const struct medium *medium)
{
	struct json_object *object = json_object_new_object();
	char fate[2 * WORDING_LEN];

	if (!object)
		return NULL;
	add_identity(object, medium);
	add_properties(object, medium);
	add_number(object, "depth", medium->depth);
	if (medium->layer)
		add_text(object, "filter", layer_ops(medium->layer)->name);
	add_bool(object, "matched", medium->matched);
	if (medium->error < 0)
		add_text(object, "error", strerror(-medium->error));
	if (medium_known(medium))
		json_object_object_add(object, "known",
				       describe_known(medium));
	json_object_object_add(object, "fate", json_object_new_string(
		wording_fate(medium, fate, sizeof(fate))));
	if (medium->export)
		add_text(object, "path", export_path(medium->export));
	if (loops_path(medium))
		add_text(object, "loop", loops_path(medium));
	return object;
}

struct json_object *describe_tree(const struct medium *medium)
{
	struct json_object *object = describe_medium(medium);
	struct json_object *children = json_object_new_array();

	if (!object || !children) {
		json_object_put(object);
		json_object_put(children);
		return NULL;
	}
	for (const struct medium *child = medium->children; child;
	     child = child->next)
		json_object_array_add(children, describe_tree(child));
	json_object_object_add(object, "children", children);
	return object;
}

static struct json_object *
describe_condition(const struct outcome_condition *condition)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	add_text(object, "key", condition->key);
	/* These were escaped where they were read. */
	json_object_object_add(object, "want", json_object_new_string(
		or_empty(condition->want)));
	json_object_object_add(object, "have", json_object_new_string(
		or_empty(condition->have)));
	add_text(object, "file", condition->file);
	add_number(object, "line", condition->line);
	add_bool(object, "holds", condition->holds);
	return object;
}

static void add_personality(struct json_object *object, const char *key,
			    const struct personality *personality)
{
	add_text(object, key, personality ? personality->name : "");
}

/* Where it came in the order of scores, and its turn. */
static void add_start(struct json_object *object,
		      const struct outcome *outcome)
{
	struct json_object *overtook = json_object_new_array();
	char safe[WORDING_LEN];

	add_number(object, "place", outcome->place);
	add_personality(object, "tied", outcome->tied);
	add_text(object, "tie", outcome_tie_word(outcome->tie));
	for (size_t i = 0; overtook && i < outcome->n_overtook; i++)
		json_object_array_add(overtook, json_object_new_string(
			escape(outcome->overtook[i]->name, safe,
			       sizeof(safe))));
	json_object_object_add(object, "overtook", overtook);
	add_number(object, "attempt", outcome->attempt);
	add_personality(object, "alike", outcome->alike);
	add_personality(object, "next", outcome->next);
}

static struct json_object *describe_outcome(const struct outcome *outcome)
{
	const struct personality *personality = outcome->personality;
	struct json_object *object = json_object_new_object();
	struct json_object *conditions = json_object_new_array();

	if (!object || !conditions) {
		json_object_put(object);
		json_object_put(conditions);
		return NULL;
	}
	add_text(object, "personality", personality->name);
	add_text(object, "module", personality->module);
	add_text(object, "file", personality->file);
	add_number(object, "module_line", personality->module_line);
	add_text(object, "category", personality->category);
	add_bool(object, "map", personality->scheme != NULL);
	add_text(object, "step", outcome_word(outcome->step));
	add_bool(object, "requested", personality->requested);
	add_int(object, "score_before", outcome->score_before);
	add_int(object, "score", outcome->score);
	add_int(object, "error", -outcome->error);
	json_object_object_add(object, "why",
			       json_object_new_string(wording_reason(outcome)));
	add_text(object, "holder", outcome->holder);
	add_text(object, "holder_filter", outcome->holder_filter);
	add_int(object, "holder_score_before", outcome->holder_score_before);
	add_int(object, "holder_score", outcome->holder_score);
	add_start(object, outcome);
	for (size_t i = 0; i < outcome->n_conditions; i++)
		json_object_array_add(conditions,
			describe_condition(&outcome->conditions[i]));
	json_object_object_add(object, "conditions", conditions);
	return object;
}

static struct json_object *describe_outcomes(const struct medium *medium,
					     const char *only)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < medium->n_outcomes; i++) {
		const struct outcome *outcome = &medium->outcomes[i];

		if (!only || streq(only, outcome->personality->name))
			json_object_array_add(array,
					      describe_outcome(outcome));
	}
	return array;
}

struct json_object *describe_record(const struct medium *medium,
				    const char *only)
{
	struct json_object *object = describe_medium(medium);

	if (object)
		json_object_object_add(object, "outcomes",
				       describe_outcomes(medium, only));
	return object;
}

struct json_object *describe_source(const struct source *source)
{
	const struct filter_medium *face = &source->root->store->medium;
	struct json_object *object = json_object_new_object();

	if (!object)
		return NULL;
	add_text(object, "path", source->path);
	add_number(object, "partition", source->partition);
	add_number(object, "size", store_size(source->root->store));
	add_number(object, "sector", face->granule);
	add_bool(object, "writable", face->writable);
	add_bool(object, "block", source->block);
	return object;
}
