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

static inline void put_le16(void *p, uint16_t n)
{
	unsigned char *b = p;

	b[0] = (unsigned char)n;
	b[1] = (unsigned char)(n >> 8);
}

static inline void put_le32(void *p, uint32_t n)
{
	put_le16(p, (uint16_t)n);
	put_le16((unsigned char *)p + 2, (uint16_t)(n >> 16));
}

static inline void put_le64(void *p, uint64_t n)
{
	put_le32(p, (uint32_t)n);
	put_le32((unsigned char *)p + 4, (uint32_t)(n >> 32));
}

#endif /* KNOWN_SAMPLES_H */
