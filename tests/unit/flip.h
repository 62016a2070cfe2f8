/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flip.h - a filter for tests that does what is hard to bear
 *
 * It changes each byte, raises the granule to 4096, acknowledges writes that
 * are only in kept memory, and writes them below from a thread of its own.
 */
#ifndef FLIP_H
#define FLIP_H

#include <filterd/filter.h>

#define FLIP_KEY 90

extern const struct filter_ops flip_filter;

#endif /* FLIP_H */
