/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * roster.h - the filters and maps that there are, as JSON
 */
#ifndef FILTERD_ROSTER_H
#define FILTERD_ROSTER_H

#include <json-c/json.h>

#include "stack.h"

/*
 * Calls @give with one object for each filter: its settings, verbs, and the
 * personalities that name it; then one for each map.  A module that cannot be
 * loaded has an "error".  @give owns the objects.
 */
void roster_each(const struct stack *stack,
		 void (*give)(void *arg, struct json_object *filter),
		 void *arg);

/* "bool", "choice" ...; "" for one that a newer filter may have. */
const char *roster_type_word(enum filter_type type);

#endif /* FILTERD_ROSTER_H */
