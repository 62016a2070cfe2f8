/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ranking.h - those that may stand on a medium, in the order of their scores
 */
#ifndef FILTERCTL_RANKING_H
#define FILTERCTL_RANKING_H

#include <json-c/json.h>

/* A table of those @outcomes that may start, the best first; nothing where it
   has one line or none.  0 or -ENOMEM. */
int ranking_print(struct json_object *outcomes);

#endif /* FILTERCTL_RANKING_H */
