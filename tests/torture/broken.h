/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken.h - an image with one thing wrong, and what comes of it
 */
#ifndef BROKEN_H
#define BROKEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "util.h"

#define BROKEN_LEN (1u << 20)
#define SECTOR 512u
#define SECTORS (BROKEN_LEN / SECTOR)

/* Zeroes at first; what is beyond BROKEN_LEN in the file stays a hole. */
struct image {
	unsigned char *data;	/* BROKEN_LEN bytes */
	uint64_t size;		/* of the file */
};

struct broken {
	const char *name;	/* of the file, without .img */
	int code;		/* that `filterd mount` exits with */
	void (*make)(struct image *image);
};

/* Each ends with a name of NULL. */
extern const struct broken broken_apple[], broken_gpt[], broken_mbr[],
	broken_luks1[], broken_luks2[], broken_other[];

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

static inline void put_be64(void *p, uint64_t n)
{
	put_be32(p, (uint32_t)(n >> 32));
	put_be32((unsigned char *)p + 4, (uint32_t)n);
}

#endif /* BROKEN_H */
