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

/* A list of texts; the same key again replaces the earlier one.  A value may
   be NULL: not set. */
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
/*
 * Makes a place for @key, not set yet, if there is none: 0 or -ENOMEM.  Then
 * the swap cannot fail: it takes @value, which was allocated, and returns the
 * old one.
 */
int settings_reserve(struct settings *settings, const char *key);
char *settings_swap(struct settings *settings, const char *key, char *value);
bool settings_equal(const struct settings *a, const struct settings *b);
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

/* The setting @key of a filter; NULL: it has none, which @f says. */
const struct filter_param *settings_param(const struct filter_ops *ops,
					  const char *key, struct failure *f);

/*
 * What @text means, into @at, which has the size of the type; a FILTER_TEXT
 * points to @text itself.  0, or -EINVAL, said in @f.
 */
int settings_parse(const struct filter_ops *ops,
		   const struct filter_param *param, const char *text,
		   void *at, struct failure *f);

#endif /* FILTERD_SETTINGS_H */
