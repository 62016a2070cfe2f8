/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * describe.h - media, outcomes and failures as JSON
 *
 * Numbers are numbers, bytes raw integers, and every text that a disk or a
 * file may have written is escaped.  Keys are only ever added.
 */
#ifndef FILTERD_DESCRIBE_H
#define FILTERD_DESCRIBE_H

#include <json-c/json.h>

#include "failure.h"

#include "medium.h"
#include "stack.h"

/* All results are the caller's; NULL: out of memory. */

/* One medium, its parent by name. */
struct json_object *describe_medium(const struct medium *medium);

/* The medium with "children", and so on up. */
struct json_object *describe_tree(const struct medium *medium);

/* The medium's outcomes, of the personality @only (NULL: of all). */
struct json_object *describe_outcomes(const struct medium *medium,
				      const char *only);

/* {path, size, sector, writable, block} */
struct json_object *describe_source(const struct source *source);

/* {code, word, text, hint} */
struct json_object *describe_failure(const struct failure *f);

/* On standard error, for a person or as JSON. */
void describe_failure_print(const struct failure *f, bool json);

#endif /* FILTERD_DESCRIBE_H */
