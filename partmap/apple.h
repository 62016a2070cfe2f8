/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apple.h - the Apple Partition Map
 */
#ifndef FILTERD_APPLE_H
#define FILTERD_APPLE_H

#include <filterd/scheme.h>

extern const struct scheme apple_scheme;

/*
 * On disk, all numbers big-endian.  Block 0 may hold a driver descriptor map;
 * block n holds entry n, counted from 1.  Both have APPLE_RECORD bytes,
 * however large the block.  Names and types fill their field without a NUL if
 * they are long enough.  (Inside Macintosh: Devices, chapter 3.)
 */
enum {
	APPLE_RECORD		= 512,
	APPLE_STRING		= 32,
	APPLE_MAX_BLOCK		= 4096,

	APPLE_DRIVER_MAGIC	= 0x4552,	/* "ER", u16 at 0 */
	APPLE_DRIVER_BLOCK_SIZE	= 2,		/* u16 */
	APPLE_DRIVER_BLOCKS	= 4,		/* u32 */

	APPLE_ENTRY_MAGIC	= 0x504d,	/* "PM", u16 at 0 */
	APPLE_ENTRY_COUNT	= 4,		/* u32, of the whole map */
	APPLE_ENTRY_START	= 8,		/* u32, blocks */
	APPLE_ENTRY_BLOCKS	= 12,		/* u32 */
	APPLE_ENTRY_NAME	= 16,		/* APPLE_STRING bytes */
	APPLE_ENTRY_TYPE	= 48,		/* APPLE_STRING bytes */
	APPLE_ENTRY_DATA_BLOCKS	= 84,		/* u32 */
	APPLE_ENTRY_FLAGS	= 88,		/* u32 */

	APPLE_FLAG_VALID	= 0x01,
	APPLE_FLAG_ALLOCATED	= 0x02,
	APPLE_FLAG_IN_USE	= 0x04,
	APPLE_FLAG_READABLE	= 0x10,
	APPLE_FLAG_WRITABLE	= 0x20,
};

#endif /* FILTERD_APPLE_H */
