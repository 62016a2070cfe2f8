/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vtoc.h - the tables of contents inside a PC partition: Solaris, UnixWare,
 * Minix
 */
#ifndef FILTERD_VTOC_H
#define FILTERD_VTOC_H

#include <filterd/scheme.h>

extern const struct scheme solaris_scheme, unixware_scheme, minix_scheme;

#endif /* FILTERD_VTOC_H */
