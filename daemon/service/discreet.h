/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * discreet.h - an answer without what is its owner's business alone
 *
 * Everybody may look at what the service holds: disks and volumes, their names,
 * sizes, formats and filters, and who has them open, as lsblk shows them.
 * Where somebody keeps his images is nobody's business but his and the
 * administrators': paths are left out, but for those of devices and of the
 * service's own volumes.
 */
#ifndef FILTERD_DISCREET_H
#define FILTERD_DISCREET_H

#include <json-c/json.h>

/* Takes such paths out of @answer, at any depth; NULL is allowed. */
void discreet_make(struct json_object *answer);

/* A copy of @answer that has none; NULL: out of memory. */
struct json_object *discreet_copy(struct json_object *answer);

#endif /* FILTERD_DISCREET_H */
