/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settings.c - "key=value" texts into a filter's instance, by its table
 *
 * Code paths: [job] and [cold]; no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "escape.h"
#include "parse.h"
#include "settings.h"
#include "suggest.h"
#include "util.h"

/* As much of a user's text as a message shows. */
#define SHOWN_LEN	80

/* The most names that "did you mean" looks at. */
#define NAMES_MAX	64u

/* The list. */

static struct setting *find(const struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->n; i++)
		if (streq(settings->list[i].key, key))
			return &settings->list[i];
	return NULL;
}

static int append(struct settings *settings, char *key, char *value)
{
	struct setting *list;

	list = reallocarray(settings->list, settings->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list[settings->n++] = (struct setting){ key, value, NULL };
	settings->list = list;
	return 0;
}

int settings_reserve(struct settings *settings, const char *key)
{
	char *copy;

	if (find(settings, key))
		return 0;
	copy = strdup(key);
	if (!copy || append(settings, copy, NULL) < 0) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}

char *settings_swap(struct settings *settings, const char *key, char *value)
{
	struct setting *setting = find(settings, key);
	char *old = setting->value;

	setting->value = value;
	return old;
}

int settings_set(struct settings *settings, const char *key,
		 const char *value)
{
	struct setting *old = find(settings, key);
	char *key_copy, *value_copy;

	if (old)
		return set_text(&old->value, value);
	key_copy = strdup(key);
	value_copy = strdup(value);
	if (!key_copy || !value_copy ||
	    append(settings, key_copy, value_copy) < 0) {
		free(key_copy);
		free(value_copy);
		return -ENOMEM;
	}
	return 0;
}

const char *settings_get(const struct settings *settings, const char *key)
{
	struct setting *setting = find(settings, key);

	return setting ? setting->value : NULL;
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
	const char *value;

	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		value = settings_get(b, a->list[i].key);
		if (!value || !streq(value, a->list[i].value))
			return false;
	}
	return true;
}

int settings_copy(const struct settings *from, struct settings *to)
{
	for (size_t i = 0; i < from->n; i++) {
		int r = !from->list[i].value ? 0 :
			settings_set(to, from->list[i].key,
				     from->list[i].value);

		if (r < 0)
			return r;
	}
	return 0;
}

void settings_clear(struct settings *settings)
{
	for (size_t i = 0; i < settings->n; i++) {
		free(settings->list[i].key);
		free(settings->list[i].value);
	}
	free(settings->list);
	*settings = (struct settings){ 0 };
}

/* One value. */

static const char *wanted(const struct filter_param *param)
{
	switch (param->type) {
	case FILTER_BOOL:
		return "yes or no";
	case FILTER_NUMBER:
		return "a number";
	case FILTER_SIZE:
		return "a size, as 512, 64K or 1.5M";
	case FILTER_TIME:
		return "a time, as 250ms, 5s or 2min";
	default:
		return "one of its choices";
	}
}

static size_t n_choices(const struct filter_param *param)
{
	size_t n = 0;

	while (param->choices && param->choices[n])
		n++;
	return n;
}

/* "a, b, c": as many as fit. */
static void join(char *buf, size_t len, const char *const *words, size_t n)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && at < len; i++)
		at += (size_t)snprintf(buf + at, len - at, "%s%s",
				       i > 0 ? ", " : "", words[i]);
}

/* Either what was probably meant, or all that there is. */
static void hint_words(struct failure *f, const char *word,
		       const char *const *words, size_t n)
{
	const char *meant = suggest(word, words, n);
	char all[256];

	join(all, sizeof(all), words, n);
	if (meant)
		failure_hint(f, "did you mean '%s'?", meant);
	else if (n > 0)
		failure_hint(f, "there is: %s", all);
}

static int refuse(const struct filter_ops *ops,
		  const struct filter_param *param, const char *text,
		  struct failure *f)
{
	char shown[SHOWN_LEN];

	failure_set(f, -EINVAL, EXIT_USAGE,
		    "setting '%s' of filter %s: '%s' is not %s", param->name,
		    ops->name, escape(text, shown, sizeof(shown)),
		    wanted(param));
	if (param->type == FILTER_CHOICE)
		hint_words(f, text, param->choices, n_choices(param));
	return -EINVAL;
}

/* A limit as its user would write it. */
static const char *format_limit(const struct filter_param *param,
				uint64_t limit, char buf[FORMAT_SIZE_LEN + 16])
{
	char size[FORMAT_SIZE_LEN];

	if (param->type == FILTER_SIZE)
		(void)snprintf(buf, FORMAT_SIZE_LEN + 16, "%s",
			       format_size(limit, size));
	else
		(void)snprintf(buf, FORMAT_SIZE_LEN + 16, "%llu%s",
			       (unsigned long long)limit,
			       param->type == FILTER_TIME ? "ms" : "");
	return buf;
}

static int check_limits(const struct filter_ops *ops,
			const struct filter_param *param, const char *text,
			uint64_t number, struct failure *f)
{
	char shown[SHOWN_LEN], limit[FORMAT_SIZE_LEN + 16];
	bool low = number < param->min;

	if (!low && (param->max == 0 || number <= param->max))
		return 0;
	return failure_set(f, -EINVAL, EXIT_USAGE,
			   "setting '%s' of filter %s: '%s' is %s than %s",
			   param->name, ops->name,
			   escape(text, shown, sizeof(shown)),
			   low ? "less" : "more",
			   format_limit(param, low ? param->min : param->max,
					limit));
}

static int parse_number(const struct filter_param *param, const char *text,
			uint64_t *ret)
{
	if (param->type == FILTER_SIZE)
		return parse_size(text, ret);
	if (param->type == FILTER_TIME)
		return parse_time(text, ret);
	return parse_u64(text, ret);
}

static int apply_number(const struct filter_ops *ops,
			const struct filter_param *param, void *at,
			const char *text, struct failure *f)
{
	uint64_t number;
	int r;

	if (parse_number(param, text, &number) < 0)
		return refuse(ops, param, text, f);
	r = check_limits(ops, param, text, number, f);
	if (r == 0)
		memcpy(at, &number, sizeof(number));
	return r;
}

static int apply_choice(const struct filter_ops *ops,
			const struct filter_param *param, void *at,
			const char *text, struct failure *f)
{
	unsigned n = (unsigned)n_choices(param);

	for (unsigned i = 0; i < n; i++) {
		if (!streq(param->choices[i], text))
			continue;
		memcpy(at, &i, sizeof(i));
		return 0;
	}
	return refuse(ops, param, text, f);
}

static int apply_bool(const struct filter_ops *ops,
		      const struct filter_param *param, void *at,
		      const char *text, struct failure *f)
{
	bool truth;

	if (parse_bool(text, &truth) < 0)
		return refuse(ops, param, text, f);
	memcpy(at, &truth, sizeof(truth));
	return 0;
}

int settings_parse(const struct filter_ops *ops,
		   const struct filter_param *param, const char *text,
		   void *at, struct failure *f)
{
	switch (param->type) {
	case FILTER_BOOL:
		return apply_bool(ops, param, at, text, f);
	case FILTER_NUMBER:
	case FILTER_SIZE:
	case FILTER_TIME:
		return apply_number(ops, param, at, text, f);
	case FILTER_CHOICE:
		return apply_choice(ops, param, at, text, f);
	case FILTER_TEXT:
		memcpy(at, &text, sizeof(text));
		return 0;
	case FILTER_SECRET:	/* asked for when it is needed */
	case FILTER_MEDIUM:	/* opened by whoever starts the helper */
		return 0;
	}
	return refuse(ops, param, text, f);
}

/* The table. */

static bool is_last(const struct filter_param *param)
{
	return !param || !param->name;
}

static void refuse_key(const struct filter_ops *ops, const char *key,
		      struct failure *f)
{
	const char *names[NAMES_MAX];
	char shown[SHOWN_LEN];
	size_t n = 0;

	for (const struct filter_param *param = ops->params;
	     !is_last(param) && n < NAMES_MAX; param++)
		names[n++] = param->name;
	failure_set(f, -EINVAL, EXIT_USAGE, "filter %s has no setting '%s'",
		    ops->name, escape(key, shown, sizeof(shown)));
	hint_words(f, key, names, n);
}

const struct filter_param *settings_param(const struct filter_ops *ops,
					  const char *key, struct failure *f)
{
	const struct filter_param *param = ops->params;

	while (!is_last(param) && !streq(param->name, key))
		param++;
	if (!is_last(param))
		return param;
	refuse_key(ops, key, f);
	return NULL;
}

static int check_keys(const struct settings *settings,
		      const struct filter_ops *ops, struct failure *f)
{
	for (size_t i = 0; i < settings->n; i++)
		if (!settings_param(ops, settings->list[i].key, f))
			return -EINVAL;
	return 0;
}

static int refuse_absence(const struct filter_ops *ops,
			  const struct filter_param *param, struct failure *f)
{
	failure_set(f, -EINVAL, EXIT_USAGE, "filter %s needs the setting '%s'",
		    ops->name, param->name);
	failure_hint(f, "%s: %s", param->name, or_empty(param->summary));
	return -EINVAL;
}

int settings_apply(const struct settings *settings,
		   const struct filter_ops *ops, void *self,
		   struct failure *f)
{
	int r = check_keys(settings, ops, f);

	if (r < 0)
		return r;
	for (const struct filter_param *param = ops->params; !is_last(param);
	     param++) {
		const char *text = settings_get(settings, param->name);

		if (!text)
			text = param->preset;
		if (text)
			r = settings_parse(ops, param, text,
					   (char *)self + param->at, f);
		else if (param->flags & FILTER_REQUIRED &&
			 param->type != FILTER_SECRET)
			r = refuse_absence(ops, param, f);
		if (r < 0)
			return r;
	}
	return 0;
}

int settings_check(const struct settings *settings,
		   const struct filter_ops *ops, struct failure *f)
{
	_cleanup_free_ char *instance = calloc(1, ops->instance_size + 1);

	if (!instance)
		return failure_errno(f, -ENOMEM, "filter %s", ops->name);
	return settings_apply(settings, ops, instance, f);
}
