/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blkid.h - what libblkid reads for us: GPT, MBR; and partmap_signature()
 */
#ifndef FILTERD_BLKID_H
#define FILTERD_BLKID_H

#include <filterd/scheme.h>

extern const struct scheme gpt_scheme, mbr_scheme;

#endif /* FILTERD_BLKID_H */
