/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * condition.h - one line of [Match]: what a medium must be like
 *
 * The keys carry the names and the meaning of IOMedia's properties.
 */
#ifndef FILTERD_CONDITION_H
#define FILTERD_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "ini.h"

struct medium;

/* The words of a line are alternatives; all lines must hold. */
struct condition {
	char *key;
	char **words;
	size_t n_words;
	char *file;
	unsigned line;
};

#define CONDITION_KEYS 18

bool condition_is_key(const char *key);
void condition_names(const char *names[CONDITION_KEYS]);

/*
 * Takes the line @key=@value at @at into the list *@conditions of *@n: a list
 * grows, a truth is replaced, an empty value takes the condition away.
 * Returns 0, -ENOMEM, or -EINVAL with the reason in @why.
 */
int condition_add(struct condition **conditions, size_t *n, const char *key,
		  const char *value, const struct ini_place *at,
		  char *why, size_t len);
void condition_clear(struct condition *condition);

/* Whether both are the same line. */
bool condition_equal(const struct condition *a, const struct condition *b);

/*
 * Whether @medium is like that; @have gets what it has (escaped).  May read
 * the medium, and so block.
 */
bool condition_holds(const struct condition *condition,
		     struct medium *medium, char *have, size_t len);

#endif /* FILTERD_CONDITION_H */
