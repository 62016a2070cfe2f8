/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * roster.c - see roster.h
 */
#include <stdio.h>

#include "escape.h"
#include "roster.h"
#include "util.h"

static const char *const type_words[] = {
	[FILTER_BOOL] = "bool",
	[FILTER_NUMBER] = "number",
	[FILTER_SIZE] = "size",
	[FILTER_TIME] = "time",
	[FILTER_CHOICE] = "choice",
	[FILTER_TEXT] = "text",
	[FILTER_SECRET] = "secret",
	[FILTER_MEDIUM] = "medium",
};

const char *roster_type_word(enum filter_type type)
{
	return (size_t)type < ARRAY_SIZE(type_words) ? type_words[type] : "";
}

static void add(struct json_object *object, const char *key,
		const char *text)
{
	char safe[ESCAPE_LEN(512)];

	escape(or_empty(text), safe, sizeof(safe));
	json_object_object_add(object, key, json_object_new_string(safe));
}

static struct json_object *list_words(const char *const *words, size_t n)
{
	struct json_object *array = json_object_new_array();
	char safe[ESCAPE_LEN(128)];

	for (size_t i = 0; i < n; i++) {
		escape(words[i], safe, sizeof(safe));
		json_object_array_add(array, json_object_new_string(safe));
	}
	return array;
}

static size_t count_words(const char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

static struct json_object *list_params(const struct filter_param *param)
{
	struct json_object *array = json_object_new_array();

	for (; param && param->name; param++) {
		struct json_object *object = json_object_new_object();

		add(object, "name", param->name);
		add(object, "type", roster_type_word(param->type));
		add(object, "preset", param->preset);
		add(object, "summary", param->summary);
		json_object_object_add(object, "live",
			json_object_new_boolean(param->flags & FILTER_LIVE));
		json_object_object_add(object, "required",
			json_object_new_boolean(param->flags &
						FILTER_REQUIRED));
		json_object_object_add(object, "choices",
			list_words(param->choices,
				   count_words(param->choices)));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *list_verbs(const struct filter_verb *verb)
{
	struct json_object *array = json_object_new_array();

	for (; verb && verb->name; verb++) {
		struct json_object *object = json_object_new_object();

		add(object, "name", verb->name);
		add(object, "summary", verb->summary);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *
list_conditions(const struct personality *personality)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < personality->n_conditions; i++) {
		const struct condition *condition =
			&personality->conditions[i];
		struct json_object *object = json_object_new_object();

		add(object, "key", condition->key);
		json_object_object_add(object, "words",
			list_words((const char *const *)condition->words,
				   condition->n_words));
		add(object, "file", condition->file);
		json_object_object_add(object, "line",
			json_object_new_int((int)condition->line));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *
list_personalities(const struct catalogue *catalogue, const char *module)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < catalogue_count(catalogue); i++) {
		const struct personality *personality =
			catalogue_at(catalogue, i);
		struct json_object *object;

		if (personality->scheme ||
		    !streq(or_empty(personality->module), module))
			continue;
		object = json_object_new_object();
		add(object, "name", personality->name);
		add(object, "file", personality->file);
		add(object, "category", personality->category);
		json_object_object_add(object, "score",
			json_object_new_int(personality->score));
		json_object_object_add(object, "conditions",
				       list_conditions(personality));
		json_object_array_add(array, object);
	}
	return array;
}

struct roster {
	const struct stack *stack;
	void (*give)(void *arg, struct json_object *filter);
	void *arg;
};

static int give_filter(void *arg, const char *name, const char *path)
{
	const struct roster *roster = arg;
	struct json_object *object = json_object_new_object();
	struct module *module = NULL;
	struct failure f = { 0 };

	add(object, "name", name);
	add(object, "kind", "filter");
	add(object, "path", path);
	if (module_get(roster->stack->modules, name, &module, &f) < 0) {
		add(object, "error", f.text);
	} else {
		const struct filter_ops *ops = module_ops(module);

		add(object, "version", ops->version);
		add(object, "compatible", ops->compatible);
		json_object_object_add(object, "needs",
			list_words(ops->needs, count_words(ops->needs)));
		add(object, "summary", ops->summary);
		json_object_object_add(object, "abi",
			json_object_new_int((int)ops->abi));
		json_object_object_add(object, "settings",
				       list_params(ops->params));
		json_object_object_add(object, "verbs",
				       list_verbs(ops->verbs));
	}
	json_object_object_add(object, "personalities",
		list_personalities(roster->stack->catalogue, name));
	module_put(module);
	roster->give(roster->arg, object);
	return 0;
}

static void give_map(const struct roster *roster,
		     const struct personality *personality)
{
	struct json_object *object = json_object_new_object();
	char summary[120];

	(void)snprintf(summary, sizeof(summary), "partition map, %s",
		       personality->scheme->content);
	add(object, "name", personality->scheme->name);
	add(object, "kind", "map");
	add(object, "path", "");
	add(object, "version", "");
	add(object, "summary", summary);
	json_object_object_add(object, "score",
			       json_object_new_int(personality->score));
	json_object_object_add(object, "personalities",
			       json_object_new_array());
	roster->give(roster->arg, object);
}

void roster_each(const struct stack *stack,
		 void (*give)(void *arg, struct json_object *filter),
		 void *arg)
{
	struct roster roster = { .stack = stack, .give = give, .arg = arg };
	const struct catalogue *catalogue = stack->catalogue;

	(void)modules_each(stack->modules, give_filter, &roster);
	for (size_t i = 0; i < catalogue_count(catalogue); i++)
		if (catalogue_at(catalogue, i)->scheme)
			give_map(&roster, catalogue_at(catalogue, i));
}
