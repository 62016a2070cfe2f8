/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keyslot.h - LUKS headers that "open sesame" opens, without cryptsetup
 *
 * The same volume key, salts and stripes each time: these volumes guard
 * nothing, and the same seed is to give the same bytes.
 */
#ifndef KEYSLOT_H
#define KEYSLOT_H

#include "broken.h"

/* The sound LUKS1 header, with a key.  @key_len: 64; 32 makes the keyslots
   half as long, and lets the data begin at KEYSLOT_SMALL. */
void keyslot_luks1(struct image *image, uint32_t key_len);

/* The sound LUKS2 header with a key, and the data at @data (bytes). */
void keyslot_luks2(struct image *image, uint32_t data);

enum { KEYSLOT_SMALL = 1028 << 10 };

#endif /* KEYSLOT_H */
