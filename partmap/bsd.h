/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bsd.h - the BSD disk label
 */
#ifndef FILTERD_BSD_H
#define FILTERD_BSD_H

#include <filterd/scheme.h>

extern const struct scheme bsd_scheme;

#endif /* FILTERD_BSD_H */
