/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * advice.h - what somebody can do with a medium that is known and not opened
 */
#ifndef FILTERD_ADVICE_H
#define FILTERD_ADVICE_H

#include <stdio.h>

#include "failure.h"
#include "stack.h"

/* Room for a step with a long path in it. */
#define ADVICE_LEN 1024

/* The next step with the medium's own names in it, escaped, into @buf; "": it
   is nothing that is known (medium_known()). */
const char *advice_step(const struct medium *medium, char *buf, size_t len);

/* Tells of all known media below and at @top; nothing where there is none. */
void advice_print(FILE *out, struct medium *top);

/*
 * Whether @stack, which was matched, has none but closed media, or nothing but
 * what is known and volumes (@n of them) in which nothing was found.  If so it
 * is refused by name: -EOPNOTSUPP; else 0.
 */
int advice_refuse(const struct stack *stack, struct medium *const *volumes,
		  size_t n, struct failure *f);

#endif /* FILTERD_ADVICE_H */
