/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * settings.h - "key=value" texts into a filter's instance, by its table
 */
#ifndef FILTERD_SETTINGS_H
#define FILTERD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <filterd/filter.h>

#include "failure.h"

struct store;

/* A list of texts; the same key again replaces the earlier one. */
struct settings {
	struct setting {
		char *key, *value;
		struct store *store;	/* of the second medium that value
					   names, while that is open; or NULL */
	} *list;
	size_t n;
};

/* 0 or -ENOMEM; copies. */
int settings_set(struct settings *settings, const char *key,
		 const char *value);
/* NULL: not set. */
const char *settings_get(const struct settings *settings, const char *key);
int settings_copy(const struct settings *from, struct settings *to);
void settings_clear(struct settings *settings);

/*
 * Presets, then @settings, into the instance @self (ops->instance_size zeroed
 * bytes).  Texts point into *@settings, which must live as long as @self.
 * FILTER_SECRET and FILTER_MEDIUM are left empty (helper-main.c gives the latter
 * to [cold] code).  Unknown keys, bad values
 * and missing FILTER_REQUIRED ones are -EINVAL, said in @f by name.
 */
int settings_apply(const struct settings *settings,
		   const struct filter_ops *ops, void *self,
		   struct failure *f);
/* The same for no instance: whether they are right. */
int settings_check(const struct settings *settings,
		   const struct filter_ops *ops, struct failure *f);

#endif /* FILTERD_SETTINGS_H */
