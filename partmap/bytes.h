/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bytes.h - a map's bytes: read and written whole, and little-endian numbers
 */
#ifndef FILTERD_PARTMAP_BYTES_H
#define FILTERD_PARTMAP_BYTES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads or writes all @len bytes at @off of @fd.  Returns 0, -EIO when the
 * medium ends before, or a negative errno.
 */
int bytes_read(int fd, void *buf, size_t len, uint64_t off);
int bytes_write(int fd, const void *buf, size_t len, uint64_t off);

static inline uint16_t get_le16(const void *p)
{
	const unsigned char *b = p;

	return (uint16_t)(b[1] << 8 | b[0]);
}

static inline uint32_t get_le32(const void *p)
{
	const unsigned char *b = p;

	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[1] << 8 | b[0];
}

static inline uint64_t get_le64(const void *p)
{
	return (uint64_t)get_le32((const unsigned char *)p + 4) << 32 |
	       get_le32(p);
}

#endif /* FILTERD_PARTMAP_BYTES_H */
