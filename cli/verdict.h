/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.h - what became of a personality on a medium, for people
 */
#ifndef FILTERCTL_VERDICT_H
#define FILTERCTL_VERDICT_H

#include <stddef.h>

#include <json-c/json.h>

/* Its conditions, what its probe changed, and how it ended; @source is what
   mounts the medium, escaped. */
void verdict_print(struct json_object *outcome, const char *source);

/* "1st", "2nd" ... into @buf, of @n from 1. */
const char *verdict_ordinal(unsigned long long n, char *buf, size_t len);

/* Its score in words, the probe's change left out; of one that was asked for
   by name, that. */
const char *verdict_score(struct json_object *outcome, char *buf, size_t len);

/* A score, which may be negative. */
long long verdict_number(struct json_object *outcome, const char *key);

#endif /* FILTERCTL_VERDICT_H */
