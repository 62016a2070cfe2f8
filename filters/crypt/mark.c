/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mark.c - see mark.h
 */
#include "mark.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "header.h"

/* Both specifications: six bytes of magic, then the version. */
static const unsigned char magic[6] = { 'L', 'U', 'K', 'S', 0xba, 0xbe };
static const unsigned char magic2[6] = { 'S', 'K', 'U', 'L', 0xba, 0xbe };

#define MARK_VERSION_AT	6	/* 16 bits, as all big endian */
#define MARK_SIZE_AT	8	/* LUKS2; 64 bits: of one copy, bytes */
#define MARK_PAYLOAD_AT	104	/* LUKS1; 32 bits: in 512 bytes */

/* The second copy lies one copy's size from the start; LUKS2 allows these. */
static const uint32_t copy_sizes[] = {
	0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000,
	0x200000, 0x400000
};

#define MARK_COPY_SIZES	(sizeof(copy_sizes) / sizeof(*copy_sizes))
#define MARK_LUKS1_AREA	(8u << 20)	/* more than 8 slots ever take */
#define MARK_LUKS1_LEAST 1024u		/* 592 are the header */

static unsigned mark_version(const unsigned char *block)
{
	return (unsigned)block[MARK_VERSION_AT] << 8 |
	       block[MARK_VERSION_AT + 1];
}

static void mark_first(const unsigned char *block, struct mark *ret)
{
	uint64_t size;
	uint32_t payload;

	*ret = (struct mark){ .version = mark_version(block) };
	if (ret->version == 1) {
		memcpy(&payload, block + MARK_PAYLOAD_AT, sizeof(payload));
		ret->least = MARK_LUKS1_LEAST;
		ret->head = (uint64_t)be32toh(payload) * 512;
		/* 0: the data are on another device, from its beginning. */
		if (ret->head == 0 || ret->head > MARK_LUKS1_AREA)
			ret->head = MARK_LUKS1_AREA;
		return;
	}
	memcpy(&size, block + MARK_SIZE_AT, sizeof(size));
	size = be64toh(size);
	ret->head = MARK_LONGEST;
	for (size_t i = 0; i < MARK_COPY_SIZES; i++)
		if (size == copy_sizes[i])
			ret->least = ret->head = 2 * size;
}

int mark_find(struct filter_next *next, struct mark *ret)
{
	unsigned char block[512];
	int first = header_peek(next, block, sizeof(block), 0);

	if (first == 0 && memcmp(block, magic, sizeof(magic)) == 0) {
		mark_first(block, ret);
		return 0;
	}
	for (size_t i = 0; i < MARK_COPY_SIZES; i++) {
		int r = header_peek(next, block, sizeof(block), copy_sizes[i]);

		if (r < 0 || memcmp(block, magic2, sizeof(magic2)) != 0 ||
		    mark_version(block) != 2)
			continue;
		*ret = (struct mark){
			.version = 2,
			.head = MARK_LONGEST,
			.least = 2 * (uint64_t)copy_sizes[i],
		};
		return 0;
	}
	return first < 0 && first != -ENODATA ? first : -ENODEV;
}
