/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * knobs.c - the settings of a running layer
 *
 * Code paths: [job] set; [any] each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "escape.h"
#include "flow.h"
#include "knobs.h"
#include "scratch.h"

/* What a value of any type that can be LIVE fits into. */
union value {
	bool truth;
	uint64_t number;
	unsigned choice;
	const char *text;
};

/* Secrets and second media exist in the helper alone. */
bool knobs_turns(const struct layer *layer, const struct filter_param *param)
{
	return param->flags & FILTER_LIVE && layer->ops->set &&
	       param->type != FILTER_SECRET && param->type != FILTER_MEDIUM;
}

static int refuse(const struct layer *layer, const struct filter_param *param,
		  struct failure *f)
{
	char names[256] = "";
	size_t len = 0;

	failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
		    "'%s': setting '%s' of filter %s cannot be changed while "
		    "it runs", layer->name, param->name, layer->ops->name);
	for (param = layer->ops->params; param->name && len < sizeof(names);
	     param++)
		if (knobs_turns(layer, param))
			len += (size_t)snprintf(names + len,
						sizeof(names) - len, "%s%s",
						len > 0 ? ", " : "",
						param->name);
	if (len > 0)
		failure_hint(f, "these can: %s", names);
	else
		failure_hint(f, "of this filter none can; detach the volume "
			     "and attach it with the new value");
	return -EOPNOTSUPP;
}

/* job is held. */
static int set(struct layer *layer, const struct filter_param *param,
	       const union value *value, struct failure *f)
{
	struct gate_frame frame;
	int r;

	if (!layer_runs(layer))
		return failure_set(f, -ENXIO, EXIT_FAILED,
				   "'%s' does not run", layer->name);
	gate_enter_job(&layer->gate, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r == 0)
		r = layer->ops->set(layer->self, &layer->next.face, param,
				    value);
	gate_leave(&frame);
	return r == 0 ? 0 : layer_fail(layer, as_result(r),
				       "refused the setting", f);
}

/* The old text is freed only when the filter has the new one. */
static int exchange(struct layer *layer, const struct filter_param *param,
		    char **text, const union value *value, struct failure *f)
{
	int r;

	(void)pthread_mutex_lock(&layer->facts_lock);
	r = settings_reserve(&layer->settings, param->name);
	(void)pthread_mutex_unlock(&layer->facts_lock);
	if (r < 0)
		return failure_errno(f, r, "'%s'", layer->name);
	r = set(layer, param, value, f);
	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&layer->facts_lock);
	*text = settings_swap(&layer->settings, param->name, *text);
	(void)pthread_mutex_unlock(&layer->facts_lock);
	return 0;
}

int knobs_set(struct layer *layer, const char *key, const char *text,
	      struct failure *f)
{
	const struct filter_param *param = settings_param(layer->ops, key, f);
	_cleanup_free_ char *copy = NULL;
	union value value = { 0 };
	int r;

	if (!param)
		return -EINVAL;
	if (!knobs_turns(layer, param))
		return refuse(layer, param, f);
	copy = strdup(text);
	if (!copy)
		return failure_errno(f, -ENOMEM, "'%s'", layer->name);
	r = settings_parse(layer->ops, param, copy, &value, f);
	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&layer->job);
	r = exchange(layer, param, &copy, &value, f);
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

void knobs_each(struct layer *layer,
		void (*fn)(void *arg, const struct filter_param *param,
			   const char *text), void *arg)
{
	(void)pthread_mutex_lock(&layer->facts_lock);
	for (const struct filter_param *param = layer->ops->params;
	     param && param->name; param++) {
		const char *text = settings_get(&layer->settings, param->name);

		if (!text)
			text = param->preset;
		if (text && param->type == FILTER_SECRET)
			text = "set";
		fn(arg, param, text);
	}
	(void)pthread_mutex_unlock(&layer->facts_lock);
}
