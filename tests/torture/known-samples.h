/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known-samples.h - media in formats that filterd knows and does not open
 *
 * As much of each as makes it one, from its specification: nothing is in them.
 */
#ifndef KNOWN_SAMPLES_H
#define KNOWN_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "little.h"

#define SAMPLE_LEN (4u << 20)
#define BITLOCKER_COPY(i) (0x20000u + (i) * 0x20000u)	/* where they are */
#define APFS_BLOCK 4096u

struct sample {
	const char *name;
	void (*make)(unsigned char *data);	/* SAMPLE_LEN bytes of zeros */
};

/* Each ends with a name of NULL. */
extern const struct sample samples_linux[], samples_windows[],
	samples_apple[];

/* Gives an APFS object its checksum. */
void apfs_seal(unsigned char *block);

#endif /* KNOWN_SAMPLES_H */
