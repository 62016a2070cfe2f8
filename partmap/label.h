/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * label.h - the labels of whole disks of Unix workstations and the Atari
 */
#ifndef FILTERD_LABEL_H
#define FILTERD_LABEL_H

#include <filterd/scheme.h>

extern const struct scheme sgi_scheme, sun_scheme, ultrix_scheme,
	atari_scheme, aix_scheme;

#endif /* FILTERD_LABEL_H */
