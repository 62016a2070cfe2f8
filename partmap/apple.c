/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apple.c - reads an Apple Partition Map
 *
 * Our own, because libblkid needs a driver map, wraps beyond 2 TiB, knows no
 * flags, and publishes free space.  The rules are those of the I/O Kit's
 * scheme, and a few more for maps that it would loop or overflow on: blocks
 * of 512 to 4096 bytes, at most PARTMAP_MAX_PARTS entries.
 *
 * A map is read whole before anything of it is published: a map with one bad
 * entry is no map.
 */
#include <errno.h>
#include <stdio.h>

#include "apple.h"
#include "bytes.h"
#include "cleanup.h"
#include "partmap.h"
#include "util.h"

struct map {
	int fd;
	uint64_t size;			/* of the medium, bytes */
	uint32_t block;			/* from one entry to the next */
	bool driver_map;
	/* An "old-school" disc: the map is for 512-byte blocks, but drivers
	   are placed in the driver map's 2048-byte ones. */
	bool old_school;
	uint32_t count;			/* entries that it says it has */
	int error;			/* of the last read that failed */
	unsigned char (*entries)[APPLE_RECORD];
};

static bool is_entry(const void *record)
{
	return get_be16(record) == APPLE_ENTRY_MAGIC;
}

static bool read_record(struct map *map, uint64_t off, void *record)
{
	int r;

	if (!range_inside(off, APPLE_RECORD, map->size))
		return false;
	r = bytes_read(map->fd, record, APPLE_RECORD, off);
	if (r < 0)
		map->error = r;
	return r == 0;
}

static bool entry_stands_at(struct map *map, uint32_t block)
{
	unsigned char record[APPLE_RECORD];

	return read_record(map, block, record) && is_entry(record);
}

static bool block_is_possible(uint32_t block)
{
	return block >= APPLE_RECORD && block <= APPLE_MAX_BLOCK &&
	       block % APPLE_RECORD == 0;
}

/* Without a word from a driver map, the sector's size is the best guess. */
static bool guess_block(struct map *map, uint32_t sector)
{
	const uint32_t guesses[] = { sector, 512, 1024, 2048, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(guesses); i++) {
		if (!block_is_possible(guesses[i]) ||
		    !entry_stands_at(map, guesses[i]))
			continue;
		map->block = guesses[i];
		return true;
	}
	return false;
}

/* Finds the map's first entry.  A driver map whose block size is impossible
   is treated as if it were not there. */
static bool find_block(struct map *map, uint32_t sector)
{
	unsigned char record[APPLE_RECORD];
	uint32_t block;

	if (!read_record(map, 0, record))
		return false;
	block = get_be16(record + APPLE_DRIVER_BLOCK_SIZE);
	if (get_be16(record) != APPLE_DRIVER_MAGIC || !block_is_possible(block))
		return guess_block(map, sector);
	map->driver_map = true;
	map->old_school = block == 2048 && entry_stands_at(map, 512);
	map->block = map->old_school ? 512 : block;
	return entry_stands_at(map, map->block);
}

static void entry_string(const unsigned char *entry, size_t field,
			 char buf[APPLE_STRING + 1])
{
	memcpy(buf, entry + field, APPLE_STRING);
	buf[APPLE_STRING] = '\0';
}

static bool has_type(const unsigned char *entry, const char *const *types,
		     size_t n)
{
	char type[APPLE_STRING + 1];

	entry_string(entry, APPLE_ENTRY_TYPE, type);
	for (size_t i = 0; i < n; i++)
		if (streq(type, types[i]))
			return true;
	return false;
}

/* The map's own entry, with two misspellings that old tools wrote. */
static bool is_map_entry(const unsigned char *entry)
{
	static const char *const types[] = {
		"Apple_partition_map", "Apple_Partition_Map",
		"Apple_patition_map",
	};

	return has_type(entry, types, ARRAY_SIZE(types));
}

static bool is_driver(const unsigned char *entry)
{
	static const char *const types[] = {
		"Apple_Driver", "Apple_Driver43", "Apple_Driver43_CD",
		"Apple_Driver_ATA", "Apple_Driver_ATAPI", "Apple_Patches",
	};

	return has_type(entry, types, ARRAY_SIZE(types));
}

static bool is_free(const unsigned char *entry)
{
	static const char *const types[] = { "Apple_Free" };

	return has_type(entry, types, ARRAY_SIZE(types));
}

/* A disc's data track that only looks like a map. */
static bool is_cd_track(const unsigned char *entry)
{
	static const char *const types[] = { "CD_ROM_Mode_1" };

	return has_type(entry, types, ARRAY_SIZE(types));
}

static int take_count(struct map *map, const unsigned char *entry,
		      char why[128])
{
	map->count = get_be32(entry + APPLE_ENTRY_COUNT);
	if (map->count > 0 && map->count <= PARTMAP_MAX_PARTS)
		return 0;
	snprintf(why, 128, "Apple map is damaged: it claims %u entries",
		 map->count);
	return -EBADMSG;
}

/* Entry @n of the map, counted from 1, into map->entries. */
static int read_entry(struct map *map, uint32_t n, char why[128])
{
	unsigned char *entry = map->entries[n - 1];

	if (!read_record(map, (uint64_t)n * map->block, entry)) {
		if (map->error < 0)
			return map->error;
		snprintf(why, 128, "Apple map is damaged: entry %u of %u "
			 "lies past the end", n, map->count);
		return -EBADMSG;
	}
	if (!is_entry(entry)) {
		snprintf(why, 128, "Apple map is damaged: entry %u of %u has "
			 "no signature", n, map->count);
		return -EBADMSG;
	}
	if (is_cd_track(entry)) {
		snprintf(why, 128, "the Apple map is that of a CD track");
		return -ENODEV;
	}
	return 0;
}

/* Each entry says how many there are; the map's own is to be believed. */
static int read_entries(struct map *map, char why[128])
{
	bool found = false;
	int r;

	map->count = 1;
	for (uint32_t n = 1; n <= map->count; n++) {
		const unsigned char *entry = map->entries[n - 1];

		r = read_entry(map, n, why);
		if (r < 0)
			return r;
		if (n == 1 || is_map_entry(entry))
			r = take_count(map, entry, why);
		if (r < 0)
			return r;
		if (is_map_entry(entry) &&
		    get_be32(entry + APPLE_ENTRY_BLOCKS) > 0)
			found = true;
	}
	if (found)
		return 0;
	snprintf(why, 128, "Apple map is damaged: it has no entry for itself");
	return -EBADMSG;
}

/* Bytes in which entry @n counts. */
static uint32_t entry_unit(const struct map *map, uint32_t n)
{
	bool large = map->old_school && n % 4 == 0 &&
		     is_driver(map->entries[n - 1]);

	return large ? 2048 : map->block;
}

/* Flags of 0, as some tools leave them, mean that nothing is forbidden. */
static bool entry_is_writable(const unsigned char *entry)
{
	uint32_t flags = get_be32(entry + APPLE_ENTRY_FLAGS);

	flags &= APPLE_FLAG_VALID | APPLE_FLAG_WRITABLE;
	return !is_map_entry(entry) && flags != APPLE_FLAG_VALID;
}

static int publish_entry(const struct map *map, uint32_t n,
			 scheme_publish_fn *publish, void *arg)
{
	const unsigned char *entry = map->entries[n - 1];
	uint32_t unit = entry_unit(map, n);
	char hint[APPLE_STRING + 1], name[APPLE_STRING + 1];
	struct scheme_part part = {
		.base = (uint64_t)get_be32(entry + APPLE_ENTRY_START) * unit,
		.size = (uint64_t)get_be32(entry + APPLE_ENTRY_BLOCKS) * unit,
		.number = n,
		.writable = entry_is_writable(entry),
		.hint = hint,
		.name = name,
		.uuid = "",
	};

	if (is_free(entry) || part.size == 0 || part.base >= map->size)
		return 0;
	part.size = MIN(part.size, map->size - part.base);
	entry_string(entry, APPLE_ENTRY_TYPE, hint);
	entry_string(entry, APPLE_ENTRY_NAME, name);
	return publish(arg, &part);
}

static int apple_scan(const struct scheme_medium *medium, int *score,
		      char why[128], scheme_publish_fn *publish, void *arg)
{
	struct map map = { .fd = medium->fd, .size = medium->size };
	_cleanup_free_ void *entries = NULL;
	int r;

	why[0] = '\0';
	if (!find_block(&map, medium->sector)) {
		if (map.error < 0)
			return map.error;
		snprintf(why, 128, map.driver_map ?
			 "Apple driver map, but no partition map after it" :
			 "no Apple partition map");
		return -ENODEV;
	}
	if (medium->place.scheme[0] != '\0' && !map.driver_map) {
		snprintf(why, 128, "an Apple partition map without a driver "
			 "map, which counts on whole media alone");
		return -ENODEV;
	}
	entries = calloc(PARTMAP_MAX_PARTS, APPLE_RECORD);
	if (!entries)
		return -ENOMEM;
	map.entries = entries;
	r = read_entries(&map, why);
	if (r < 0)
		return r;
	if (map.driver_map)
		*score += 2000;
	for (uint32_t n = 1; n <= map.count; n++) {
		r = publish_entry(&map, n, publish, arg);
		if (r < 0)
			return r;
	}
	return 0;
}

static const char *const apple_inside[] = {
	"apple:Apple_partition_scheme",
	NULL
};

const struct scheme apple_scheme = {
	.name = "apple",
	.content = "Apple_partition_scheme",
	.score = 2000,
	.whole = true,
	.guest = true,
	.inside = apple_inside,
	.scan = apple_scan,
};
