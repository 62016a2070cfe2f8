/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * findings.h - what matching has found on a source, before it is published
 */
#ifndef FILTERD_FINDINGS_H
#define FILTERD_FINDINGS_H

#include "failure.h"
#include "stack.h"

/* 0 if there is something to publish; else @f says why not, and what can be
   done: -ENODEV when nothing matched, or why it could not be opened. */
int findings_check(const struct stack *stack, struct failure *f);

/* Whether filterd has something to do on a source that was only looked at: a
   filter would start, or, on an image, a map is there; that of a disk the
   kernel reads itself. */
bool findings_worth(const struct stack *stack);

#endif /* FILTERD_FINDINGS_H */
