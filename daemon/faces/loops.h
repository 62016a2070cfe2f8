/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loops.h - loop devices on volumes, kept while the volumes are there
 *
 * We are their first users: they stay when nobody else uses them, and go when
 * we die.  A medium that is to have one has its loop from loops_attach() to
 * loops_clear().  All here block, and run in jobs.
 */
#ifndef FILTERD_LOOPS_H
#define FILTERD_LOOPS_H

#include "loop.h"
#include "medium.h"

/* One on each of the @n volumes @media that has none.  On error, said in @f,
   none was put on. */
int loops_attach(struct medium *const *media, size_t n, struct failure *f);

/*
 * Lets go of all; the kernel takes those away that nobody else has open.  When
 * one is mounted, or held alone by somebody, none is let go: returned is its
 * medium, else NULL.
 */
const struct medium *loops_release(struct medium *const *media, size_t n);

/* When the volumes stay after all: takes up again what others kept, and puts
   new devices where there are none. */
void loops_restore(struct medium *const *media, size_t n);

/* They are to have none any more. */
void loops_clear(struct medium *const *media, size_t n);

/* "/dev/loop3", or NULL: there is none. */
const char *loops_path(const struct medium *medium);

#endif /* FILTERD_LOOPS_H */
