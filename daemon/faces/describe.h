/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * describe.h - media and outcomes as JSON
 *
 * Numbers are numbers, bytes raw integers, and every text that a disk or a
 * file may have written is escaped.  Keys are only ever added.
 */
#ifndef FILTERD_DESCRIBE_H
#define FILTERD_DESCRIBE_H

#include <json-c/json.h>

#include "medium.h"
#include "stack.h"

/* All results are the caller's; NULL: out of memory. */

/* One medium, its parent by name. */
struct json_object *describe_medium(const struct medium *medium);

/* The medium with "children", and so on up. */
struct json_object *describe_tree(const struct medium *medium);

/* The medium with its "outcomes", of the personality @only (NULL: of all). */
struct json_object *describe_record(const struct medium *medium,
				    const char *only);

/* {path, size, sector, writable, block} */
struct json_object *describe_source(const struct source *source);

#endif /* FILTERD_DESCRIBE_H */
