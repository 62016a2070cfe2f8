/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seeded-apple.c - Apple maps that are broken by a draw
 */
#include "apple.h"
#include "draw.h"
#include "sound.h"

enum { MOST = 40 };

static size_t entry_at(unsigned n)
{
	return n * SECTOR;
}

/* A map of 2 to MOST entries, the first its own, its partitions anywhere
   behind it.  Returns how many. */
static unsigned put_map(struct image *image, struct draw *draw,
			struct expect *expect)
{
	unsigned n = (unsigned)draw_from(draw, 2, MOST);

	apple_sound(image);
	expect_partition(expect, 1, APPLE_MAP_BLOCKS * SECTOR, false);
	for (unsigned i = 2; i <= n; i++) {
		uint32_t start = (uint32_t)draw_from(draw, 64, SECTORS - 1);
		uint32_t len = (uint32_t)draw_from(draw, 1, SECTORS - start);

		apple_put_entry(image, entry_at(i), "", "Apple_HFS", start,
				len);
		expect_partition(expect, i, (uint64_t)len * SECTOR, true);
	}
	for (unsigned i = 1; i <= n; i++)
		put_be32(image->data + entry_at(i) + APPLE_ENTRY_COUNT, n);
	return n;
}

static void forget(struct expect *expect)
{
	expect->volumes[0] = '\0';
}

static void fail(struct expect *expect)
{
	forget(expect);
	expect->code = 7;
}

/* Each with a number that is nothing, too much, or far too much. */
static void places(struct image *image, struct draw *draw,
		   struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	forget(expect);
	expect_partition(expect, 1, APPLE_MAP_BLOCKS * SECTOR, false);
	for (unsigned i = 2; i <= n; i++) {
		uint32_t start = (uint32_t)draw_from(draw, 64, SECTORS +
						     SECTORS / 4);
		uint32_t len = (uint32_t)draw_from(draw, 0, SECTORS);

		if (draw_from(draw, 0, 3) == 0)
			len = (uint32_t)draw_from(draw, 0, UINT32_MAX);
		put_be32(image->data + entry_at(i) + APPLE_ENTRY_START, start);
		put_be32(image->data + entry_at(i) + APPLE_ENTRY_BLOCKS, len);
		if (len > 0 && start < SECTORS)
			expect_partition(expect, i, (uint64_t)SECTOR *
					 MIN(len, SECTORS - start), true);
	}
}

static void count(struct image *image, struct draw *draw,
		  struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	put_be32(image->data + APPLE_MAP + APPLE_ENTRY_COUNT,
		 draw_from(draw, 0, 1) ? (uint32_t)draw_from(draw, n + 1, 64) :
		 (uint32_t)draw_from(draw, 1025, UINT32_MAX));
	/* What follows the last entry is none. */
	fail(expect);
}

/* Only the map's own entry is to be believed. */
static void other_counts(struct image *image, struct draw *draw,
			 struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	for (unsigned i = 2; i <= n; i++)
		put_be32(image->data + entry_at(i) + APPLE_ENTRY_COUNT,
			 (uint32_t)draw_any(draw));
}

static void entry_unsigned(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	draw_flip(draw, image->data + entry_at((unsigned)draw_from(draw, 2,
								   n)), 2);
	fail(expect);
}

/* Anything in names and types, to their last byte. */
static void strings(struct image *image, struct draw *draw,
		    struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	for (unsigned i = 2; i <= n; i++)
		draw_bytes(draw, image->data + entry_at(i) + APPLE_ENTRY_NAME,
			   2 * APPLE_STRING);
}

/* Impossible ones: as if there were no driver map. */
static void block_size(struct image *image, struct draw *draw,
		       struct expect *expect)
{
	(void)put_map(image, draw, expect);
	put_be16(image->data + APPLE_DRIVER_BLOCK_SIZE,
		 (uint16_t)(draw_from(draw, 0, 127) * 512 +
			    draw_from(draw, 1, 511)));
}

static void cut_off(struct image *image, struct draw *draw,
		    struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);

	image->size = draw_from(draw, 2, n) * SECTOR;
	fail(expect);
}

static void noise(struct image *image, struct draw *draw,
		  struct expect *expect)
{
	unsigned n = put_map(image, draw, expect);
	unsigned times = (unsigned)draw_from(draw, 1, 64);

	while (times-- > 0)
		draw_bytes(draw, image->data +
			   draw_from(draw, 0, (n + 1) * SECTOR), 1);
	expect->code = EXPECT_ANY;
}

const struct seeded seeded_apple[] = {
	{ "apple-places", places },
	{ "apple-count", count },
	{ "apple-other-counts", other_counts },
	{ "apple-entry-unsigned", entry_unsigned },
	{ "apple-strings", strings },
	{ "apple-block-size", block_size },
	{ "apple-cut-off", cut_off },
	{ "apple-noise", noise },
	{ NULL }
};
