/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * drawing.h - what was found on a source, drawn for the person who asked
 */
#ifndef FILTERD_DRAWING_H
#define FILTERD_DRAWING_H

#include <stdio.h>

#include "stack.h"

/* The line of the source, and the tree of its media in four columns: name,
   what it holds, size, what became of it.  0 or -ENOMEM. */
int drawing_tree(FILE *out, const struct stack *stack);

/* The volumes' paths, and the commands that one types next. */
void drawing_volumes(FILE *out, const struct medium *const *media);
void drawing_next(FILE *out, const struct medium *const *media);

#endif /* FILTERD_DRAWING_H */
