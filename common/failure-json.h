/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failure-json.h - a failure as an object: {code, word, text, hint}
 *
 * So errors cross a varlink connection, and so --json prints them.
 */
#ifndef FILTERD_FAILURE_JSON_H
#define FILTERD_FAILURE_JSON_H

#include <stdbool.h>

#include <json-c/json.h>

#include "failure.h"

/* The caller's; NULL: out of memory. */
struct json_object *failure_json_new(const struct failure *f);

/*
 * Says in @f what @object tells, the parameters of varlink's @error, unless
 * something was said before: its own text, or what the standard's errors mean
 * (https://varlink.org/Service), or @error itself.  It may come from another
 * user's process, so it is made safe to print.  Returns -EIO.
 */
int failure_json_take(struct failure *f, struct json_object *object,
		      const char *error);

/* On standard error, as an object on one line, or as failure_print(). */
void failure_json_print(const struct failure *f, const char *name, bool json);

#endif /* FILTERD_FAILURE_JSON_H */
