/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what matching did, told from the record of what happened
 */
#ifndef FILTERD_RECORD_H
#define FILTERD_RECORD_H

#include "medium.h"
#include "server.h"

/*
 * Answers @call with the media from @top on, and what became of each
 * personality, or of @only (NULL: all), which must be in @catalogue; with more,
 * one medium a reply.  Main thread, while no job has the tree.  0, or a
 * negative errno said in @f: then @call is still to be answered.
 */
int record_answer(struct server_call *call, struct medium *top,
		  const struct catalogue *catalogue, const char *only,
		  struct failure *f);

#endif /* FILTERD_RECORD_H */
