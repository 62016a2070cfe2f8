/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mbr.h - the MBR and its logical partitions
 */
#ifndef FILTERD_MBR_H
#define FILTERD_MBR_H

#include <filterd/scheme.h>

extern const struct scheme mbr_scheme;

#endif /* FILTERD_MBR_H */
