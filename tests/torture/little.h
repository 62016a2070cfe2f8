/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * little.h - numbers put where a disk has them, the low byte first
 */
#ifndef LITTLE_H
#define LITTLE_H

#include <stdint.h>

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

#endif /* LITTLE_H */
