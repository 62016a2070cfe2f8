/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seeded-mbr.c - MBRs and chains of logical partitions, broken by a draw
 */
#include "draw.h"
#include "sound.h"

enum { EXTENDED = 64, MOST = 12, BOOT_MAGIC = 510 };

/* Nothing but Linux, DOS and swap: others may have maps inside. */
static uint8_t draw_type(struct draw *draw)
{
	static const uint8_t types[] = { 0x83, 0x0c, 0x0b, 0x06, 0x82, 0x17 };

	return types[draw_from(draw, 0, ARRAY_SIZE(types) - 1)];
}

/* Nothing, a little, too much, far too much. */
static uint32_t draw_number(struct draw *draw)
{
	switch (draw_from(draw, 0, 5)) {
	case 0:
		return 0;
	case 1:
		return (uint32_t)draw_from(draw, SECTORS, 2 * SECTORS);
	case 2:
		return (uint32_t)draw_from(draw, SECTORS, UINT32_MAX);
	default:
		return (uint32_t)draw_from(draw, 1, SECTORS - 1);
	}
}

static void primaries(struct image *image, struct draw *draw,
		      struct expect *expect)
{
	expect->code = 3;
	for (unsigned i = 0; i < 4; i++) {
		uint32_t start = draw_number(draw), len = draw_number(draw);

		mbr_put_slot(image, 0, i, draw_type(draw), start, len);
		if (start == 0 || len == 0 || start >= SECTORS)
			continue;
		expect->code = 0;
		expect_partition(expect, i + 1,
				 (uint64_t)MIN(len, SECTORS - start) * SECTOR,
				 true);
	}
}

/* A chain of logical partitions, its tables in any order. */
struct chain {
	unsigned n, len;		/* of them; sectors that each has */
	uint32_t at[MOST];		/* sectors of the tables */
};

static void draw_chain(struct draw *draw, struct chain *chain)
{
	chain->n = (unsigned)draw_from(draw, 3, MOST);
	chain->len = (SECTORS - EXTENDED) / chain->n;
	for (unsigned i = 0; i < chain->n; i++)
		chain->at[i] = EXTENDED + i * chain->len;
	/* The first stays: the MBR names it. */
	for (unsigned i = chain->n - 1; i > 1; i--) {
		unsigned k = (unsigned)draw_from(draw, 1, i);
		uint32_t at = chain->at[i];

		chain->at[i] = chain->at[k];
		chain->at[k] = at;
	}
}

static void put_link(struct image *image, const struct chain *chain,
		     unsigned i, uint32_t to)
{
	mbr_put_slot(image, chain->at[i], 1, 0x05, to - EXTENDED, chain->len);
}

/* @good of them are to be found. */
static void put_chain(struct image *image, struct draw *draw,
		      const struct chain *chain, struct expect *expect,
		      unsigned good)
{
	mbr_put_slot(image, 0, 0, 0x05, EXTENDED, SECTORS - EXTENDED);
	for (unsigned i = 0; i < chain->n; i++) {
		uint32_t skip = (uint32_t)draw_from(draw, 1, chain->len - 1);

		mbr_put_slot(image, chain->at[i], 0, draw_type(draw), skip,
			     chain->len - skip);
		if (i + 1 < chain->n)
			put_link(image, chain, i, chain->at[i + 1]);
		if (i < good)
			expect_partition(expect, 5 + i, (uint64_t)SECTOR *
					 (chain->len - skip), true);
	}
}

static void chain_in_any_order(struct image *image, struct draw *draw,
			       struct expect *expect)
{
	struct chain chain;

	draw_chain(draw, &chain);
	put_chain(image, draw, &chain, expect, chain.n);
}

static void chain_loop(struct image *image, struct draw *draw,
		       struct expect *expect)
{
	struct chain chain;

	draw_chain(draw, &chain);
	put_chain(image, draw, &chain, expect, 0);
	put_link(image, &chain, chain.n - 1,
		 chain.at[draw_from(draw, 1, chain.n - 1)]);
	expect->code = 7;
}

static void chain_past_end(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	struct chain chain;
	unsigned last;

	draw_chain(draw, &chain);
	last = (unsigned)draw_from(draw, 0, chain.n - 2);
	put_chain(image, draw, &chain, expect, last + 1);
	put_link(image, &chain, last,
		 (uint32_t)draw_from(draw, SECTORS, UINT32_MAX));
}

static void chain_unsigned(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	struct chain chain;
	unsigned bad;

	draw_chain(draw, &chain);
	bad = (unsigned)draw_from(draw, 1, chain.n - 1);
	put_chain(image, draw, &chain, expect, bad);
	draw_flip(draw, image->data + chain.at[bad] * SECTOR + BOOT_MAGIC, 2);
}

static void unsigned_map(struct image *image, struct draw *draw,
			 struct expect *expect)
{
	mbr_sound(image);
	draw_flip(draw, image->data + BOOT_MAGIC, 2);
	expect->code = 3;
}

/* Neither of the two values that it has: this is somebody's program. */
static void boot_flag(struct image *image, struct draw *draw,
		      struct expect *expect)
{
	mbr_sound(image);
	image->data[446] = (unsigned char)draw_from(draw, 1, 0x7f);
	expect->code = 3;
}

static void noise(struct image *image, struct draw *draw,
		  struct expect *expect)
{
	struct chain chain;
	unsigned n = (unsigned)draw_from(draw, 1, 64);

	draw_chain(draw, &chain);
	put_chain(image, draw, &chain, expect, 0);
	while (n-- > 0)
		draw_bytes(draw, image->data + 446 + draw_from(draw, 0, 63) +
			   (draw_from(draw, 0, 1) ? 0 : SECTOR *
			    chain.at[draw_from(draw, 0, chain.n - 1)]), 1);
	expect->code = EXPECT_ANY;
}

const struct seeded seeded_mbr[] = {
	{ "mbr-primaries", primaries },
	{ "mbr-chain-in-any-order", chain_in_any_order },
	{ "mbr-chain-loop", chain_loop },
	{ "mbr-chain-past-end", chain_past_end },
	{ "mbr-chain-unsigned", chain_unsigned },
	{ "mbr-unsigned", unsigned_map },
	{ "mbr-boot-flag", boot_flag },
	{ "mbr-noise", noise },
	{ NULL }
};
