/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seconds.c - see seconds.h
 */
#include <errno.h>

#include "escape.h"
#include "seconds.h"
#include "store.h"
#include "util.h"

static bool is_medium(const struct filter_ops *ops, const char *key)
{
	for (const struct filter_param *param = ops->params;
	     param && param->name; param++)
		if (streq(param->name, key))
			return param->type == FILTER_MEDIUM;
	return false;
}

bool seconds_named(const struct personality *personality,
		   const struct filter_ops *ops)
{
	for (size_t i = 0; i < personality->settings.n; i++)
		if (is_medium(ops, personality->settings.list[i].key))
			return true;
	return false;
}

/* -ENODEV, which open(2) may say of a device, would mean that the filter has
   looked and found nothing. */
static int refuse(const struct filter_ops *ops, const struct setting *setting,
		  int error, const struct failure *why, struct failure *f)
{
	if (error == -ENODEV)
		error = -ENXIO;
	failure_set(f, error, why->code, "setting '%s' of filter %s: %s",
		    setting->key, ops->name, why->text);
	/* What can be mounted here is no advice for what belongs to it. */
	if (error != -ENOENT && why->hint[0])
		failure_hint(f, "%s", why->hint);
	return error;
}

/* A file of the system's personalities is read in any directory. */
static int check_path(const struct personality *personality,
		      const char *path, struct failure *f)
{
	char safe[256];

	if (personality->requested || path[0] == '/')
		return 0;
	return failure_set(f, -EINVAL, EXIT_FAILED,
			   "'%s' is no absolute path",
			   escape(path, safe, sizeof(safe)));
}

static int check_whole(const struct source *source, struct failure *f)
{
	char safe[256];

	if (source->partition == 0)
		return 0;
	return failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
			   "a partition of %s cannot be named here; its block "
			   "device, or a file, can",
			   escape(source->path, safe, sizeof(safe)));
}

/* No claim: nothing is written, and it may be many volumes'. */
static int open_one(struct seconds *seconds,
		    const struct personality *personality,
		    struct setting *setting, struct failure *f)
{
	struct source *source;
	int r = check_path(personality, setting->value, f);

	if (r < 0)
		return r;
	if (seconds->n == WIRE_SECONDS)
		return failure_set(f, -E2BIG, EXIT_UNSUPPORTED,
				   "more than %u media", WIRE_SECONDS);
	r = source_open(setting->value, false, 0, &source, f);
	if (r < 0)
		return r;
	seconds->sources[seconds->n++] = source;
	setting->store = source->root->store;
	return check_whole(source, f);
}

int seconds_open(const struct personality *personality,
		 const struct filter_ops *ops, struct seconds *ret,
		 struct failure *f)
{
	int r;

	*ret = (struct seconds){ .n = 0 };
	r = settings_copy(&personality->settings, &ret->settings);
	if (r < 0)
		return failure_errno(f, r, "filter %s", ops->name);
	for (size_t i = 0; i < ret->settings.n; i++) {
		struct setting *setting = &ret->settings.list[i];
		struct failure why = { 0 };

		if (!is_medium(ops, setting->key))
			continue;
		r = open_one(ret, personality, setting, &why);
		if (r < 0)
			return refuse(ops, setting, r, &why, f);
	}
	return 0;
}

void seconds_close(struct seconds *seconds)
{
	for (unsigned i = 0; i < seconds->n; i++)
		source_close(seconds->sources[i]);
	settings_clear(&seconds->settings);
	*seconds = (struct seconds){ .n = 0 };
}
