/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken-apple.c - broken Apple maps
 *
 * The sound one has a driver map for 512-byte blocks, the map's own entry, and
 * two partitions.
 */
#include "apple.h"
#include "sound.h"

enum { MAP = APPLE_MAP, FIRST = 2 * SECTOR, SECOND = 3 * SECTOR };

void apple_put_entry(struct image *image, size_t off, const char *name,
		     const char *type, uint32_t start, uint32_t blocks)
{
	unsigned char *entry = image->data + off;

	memset(entry, 0, SECTOR);
	put_be16(entry, APPLE_ENTRY_MAGIC);
	put_be32(entry + APPLE_ENTRY_COUNT, 3);
	put_be32(entry + APPLE_ENTRY_START, start);
	put_be32(entry + APPLE_ENTRY_BLOCKS, blocks);
	memcpy(entry + APPLE_ENTRY_NAME, name, strlen(name));
	memcpy(entry + APPLE_ENTRY_TYPE, type, strlen(type));
	put_be32(entry + APPLE_ENTRY_FLAGS, 0x33);
}

void apple_sound(struct image *image)
{
	put_be16(image->data, APPLE_DRIVER_MAGIC);
	put_be16(image->data + APPLE_DRIVER_BLOCK_SIZE, SECTOR);
	put_be32(image->data + APPLE_DRIVER_BLOCKS, SECTORS);
	apple_put_entry(image, MAP, "Apple", "Apple_partition_map", 1, 63);
	apple_put_entry(image, FIRST, "one", "Apple_HFS", 64, 512);
	apple_put_entry(image, SECOND, "two", "Apple_UFS", 1024, 512);
}

static void put_count(struct image *image, uint32_t count)
{
	apple_sound(image);
	put_be32(image->data + MAP + APPLE_ENTRY_COUNT, count);
}

static void count_wild(struct image *image)
{
	put_count(image, UINT32_MAX);
}

static void count_zero(struct image *image)
{
	put_count(image, 0);
}

static void count_too_many(struct image *image)
{
	put_count(image, 1025);
}

/* The fourth entry is nothing but zeroes. */
static void count_one_more(struct image *image)
{
	put_count(image, 4);
}

static void entry_unsigned(struct image *image)
{
	apple_sound(image);
	put_be16(image->data + FIRST, 0x5054);
}

static void map_not_listed(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, MAP, "Apple", "Apple_HFS", 1, 63);
}

static void map_of_no_size(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, MAP, "Apple", "Apple_partition_map", 1, 0);
}

static void block_size_zero(struct image *image)
{
	apple_sound(image);
	put_be16(image->data + APPLE_DRIVER_BLOCK_SIZE, 0);
}

static void block_size_wild(struct image *image)
{
	apple_sound(image);
	put_be16(image->data + APPLE_DRIVER_BLOCK_SIZE, 0xffff);
}

static void driver_map_alone(struct image *image)
{
	apple_sound(image);
	memset(image->data + MAP, 0, 3 * SECTOR);
}

static void driver_map_gone(struct image *image)
{
	apple_sound(image);
	memset(image->data, 0, SECTOR);
}

static void start_wild(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "", "Apple_HFS", UINT32_MAX, 512);
}

static void size_wild(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, SECOND, "", "Apple_HFS", 1024, UINT32_MAX);
}

static void size_zero(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "", "Apple_HFS", 64, 0);
}

static void overlap(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, SECOND, "", "Apple_HFS", 100, 512);
}

static void covers_the_map(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, SECOND, "", "Apple_HFS", 0, SECTORS);
}

static void name_escape(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "\033]0;owned\007\033[2J\r\n",
			"Apple_HFS", 64, 512);
}

static void name_backslash(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "\\x1b[2J%s%n\"'$(reboot)",
			"Apple_HFS", 64, 512);
}

static void name_not_utf8(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "D\212ta \xff\xfe\x9b", "Apple_HFS",
			64, 512);
}

static void strings_without_end(struct image *image)
{
	apple_sound(image);
	memset(image->data + FIRST + APPLE_ENTRY_NAME, 'n', APPLE_STRING);
	memset(image->data + FIRST + APPLE_ENTRY_TYPE, 't', APPLE_STRING);
	memset(image->data + FIRST + APPLE_ENTRY_TYPE + APPLE_STRING, 'x', 8);
}

static void type_escape(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "", "\033[31mApple_HFS\n\tx", 64, 512);
}

static void type_empty(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "", "", 64, 512);
}

static void cut_off(struct image *image)
{
	apple_sound(image);
	image->size = SECOND;
}

static void cd_track(struct image *image)
{
	apple_sound(image);
	apple_put_entry(image, FIRST, "", "CD_ROM_Mode_1", 64, 512);
}

const struct broken broken_apple[] = {
	{ "apple-count-wild", 7, count_wild },
	{ "apple-count-zero", 7, count_zero },
	{ "apple-count-too-many", 7, count_too_many },
	{ "apple-count-one-more", 7, count_one_more },
	{ "apple-entry-unsigned", 7, entry_unsigned },
	{ "apple-map-not-listed", 7, map_not_listed },
	{ "apple-map-of-no-size", 7, map_of_no_size },
	{ "apple-cut-off", 7, cut_off },
	{ "apple-block-size-zero", 0, block_size_zero },
	{ "apple-block-size-wild", 0, block_size_wild },
	{ "apple-driver-map-alone", 3, driver_map_alone },
	{ "apple-driver-map-gone", 0, driver_map_gone },
	{ "apple-start-wild", 0, start_wild },
	{ "apple-size-wild", 0, size_wild },
	{ "apple-size-zero", 0, size_zero },
	{ "apple-overlap", 0, overlap },
	{ "apple-covers-the-map", 0, covers_the_map },
	{ "apple-name-escape", 0, name_escape },
	{ "apple-name-backslash", 0, name_backslash },
	{ "apple-name-not-utf8", 0, name_not_utf8 },
	{ "apple-strings-without-end", 0, strings_without_end },
	{ "apple-type-escape", 0, type_escape },
	{ "apple-type-empty", 0, type_empty },
	{ "apple-cd-track", 3, cd_track },
	{ NULL }
};
