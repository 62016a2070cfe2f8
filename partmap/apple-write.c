/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apple-write.c - makes an Apple Partition Map
 *
 *	block 0		driver map without drivers
 *	1 .. 63		the map: entry n in block n; the first is its own
 *	64 ..		partitions, from multiples of 4096 bytes
 *	the rest	one entry of Apple_Free
 *
 * This is what Apple's own tools make; unused blocks of the map are cleared,
 * or entries of an older map would seem to follow.
 */
#include <errno.h>
#include <stdio.h>

#include "apple.h"
#include "apple-write.h"
#include "bytes.h"
#include "cleanup.h"
#include "plan.h"
#include "util.h"

enum {
	MAP_BLOCKS = 63,
	FIRST_BLOCK = 1 + MAP_BLOCKS,
	MAX_PARTS = MAP_BLOCKS - 2,	/* beside the map and free space */
	ALIGN = 4096,

	FLAGS_MAP = APPLE_FLAG_VALID | APPLE_FLAG_ALLOCATED,
	FLAGS_DATA = FLAGS_MAP | APPLE_FLAG_READABLE | APPLE_FLAG_WRITABLE,
};

static void make_driver_map(unsigned char *record, uint32_t block,
			    uint32_t blocks)
{
	put_be16(record, APPLE_DRIVER_MAGIC);
	put_be16(record + APPLE_DRIVER_BLOCK_SIZE, (uint16_t)block);
	put_be32(record + APPLE_DRIVER_BLOCKS, blocks);
}

static void make_entry(unsigned char *record, const char *name,
		       const char *type, uint32_t start, uint32_t blocks,
		       uint32_t flags)
{
	put_be16(record, APPLE_ENTRY_MAGIC);
	put_be32(record + APPLE_ENTRY_START, start);
	put_be32(record + APPLE_ENTRY_BLOCKS, blocks);
	memcpy(record + APPLE_ENTRY_NAME, name, strlen(name));
	memcpy(record + APPLE_ENTRY_TYPE, type, strlen(type));
	if (flags != 0)
		put_be32(record + APPLE_ENTRY_DATA_BLOCKS, blocks);
	put_be32(record + APPLE_ENTRY_FLAGS, flags);
}

/* Entries 1 to the number returned, each at its block of @map. */
static uint32_t make_entries(unsigned char *map, uint32_t block,
			     uint32_t blocks, const struct plan_part *parts,
			     size_t n)
{
	uint32_t end = FIRST_BLOCK, count = 1;

	make_entry(map + block, "Apple", "Apple_partition_map", 1, MAP_BLOCKS,
		   FLAGS_MAP);
	for (size_t i = 0; i < n; i++) {
		const struct plan_part *part = &parts[i];
		uint32_t start = (uint32_t)(part->start / block);
		uint32_t size = (uint32_t)(part->size / block);

		make_entry(map + (size_t)++count * block, part->name,
			   part->type, start, size, FLAGS_DATA);
		end = start + size;
	}
	if (end < blocks)
		make_entry(map + (size_t)++count * block, "Extra",
			   "Apple_Free", end, blocks - end, 0);
	return count;
}

static int check(uint64_t size, uint32_t block, const struct write_part *parts,
		 size_t n, struct failure *f)
{
	if (n > MAX_PARTS)
		return failure_set(f, -EINVAL, EXIT_USAGE, "an Apple map "
				   "holds at most %d partitions", MAX_PARTS);
	if (size / block > UINT32_MAX) {
		failure_hint(f, "use the scheme 'gpt'");
		return failure_set(f, -EINVAL, EXIT_UNSUPPORTED, "an Apple map "
				   "cannot count the blocks of so large a "
				   "disk");
	}
	for (size_t i = 0; i < n; i++)
		if (strlen(or_empty(parts[i].name)) > APPLE_STRING)
			return failure_set(f, -EINVAL, EXIT_USAGE, "partition "
					   "%zu: its name is longer than %d "
					   "bytes", i + 1, APPLE_STRING);
	return 0;
}

int apple_write(int fd, uint64_t size, uint32_t block,
		const struct write_part *parts, size_t n, struct failure *f)
{
	const struct plan_rule rule = {
		.scheme = "apple",
		.first = (uint64_t)FIRST_BLOCK * block,
		.end = round_down(size, block),
		.align = ALIGN,
		.unit = ALIGN,
		.gap_from = n,
	};
	struct plan_part planned[MAX_PARTS];
	size_t len = (size_t)FIRST_BLOCK * block;
	_cleanup_free_ unsigned char *map = NULL;
	uint32_t blocks, count;
	int r;

	if (block > APPLE_MAX_BLOCK)
		return failure_set(f, -EINVAL, EXIT_UNSUPPORTED, "an Apple "
				   "map cannot have blocks of %u bytes", block);
	r = check(size, block, parts, n, f);
	if (r < 0)
		return r;
	if (size < len)
		return failure_set(f, -ENOSPC, EXIT_FAILED,
				   "the disk is too small for an Apple map");
	r = plan_make(&rule, parts, n, planned, f);
	if (r < 0)
		return r;
	map = calloc(1, len);
	if (!map)
		return failure_errno(f, -ENOMEM, "cannot make an Apple map");
	blocks = (uint32_t)(size / block);
	make_driver_map(map, block, blocks);
	count = make_entries(map, block, blocks, planned, n);
	for (uint32_t i = 1; i <= count; i++)
		put_be32(map + (size_t)i * block + APPLE_ENTRY_COUNT, count);
	r = bytes_write(fd, map, len, 0);
	if (r < 0)
		return failure_errno(f, r, "cannot write the Apple map");
	return 0;
}
