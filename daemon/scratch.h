/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scratch.h - each thread's stack of aligned memory
 *
 * A mark is taken on entering a layer and released on return; what lies
 * between is what the layer borrowed.  Memory stays with the thread, so that
 * nothing is allocated between a request and its reply once the thread has
 * run at this depth.
 */
#ifndef FILTERD_SCRATCH_H
#define FILTERD_SCRATCH_H

#include <stddef.h>

#define SCRATCH_ALIGN 4096u

/* @len bytes aligned to SCRATCH_ALIGN, or NULL.  Any thread; its own. */
void *scratch_take(size_t len);

size_t scratch_mark(void);
void scratch_release(size_t mark);

/* Makes sure that @len bytes can be taken.  0 or -ENOMEM. */
int scratch_reserve(size_t len);

#endif /* FILTERD_SCRATCH_H */
