/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seeded-gpt.c - GUID partition tables that are broken by a draw
 */
#include "draw.h"
#include "sound.h"

enum { TABLE_LEN = GPT_ENTRIES * GPT_ENTRY_LEN, PART = 512 * SECTOR };

static void both(struct expect *expect, bool writable)
{
	expect_partition(expect, 1, PART, writable);
	expect_partition(expect, 2, PART, writable);
}

static void sealed(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
}

static void primary_header(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_PRIMARY, GPT_HEADER_LEN);
	both(expect, false);
}

static void primary_table(struct image *image, struct draw *draw,
			  struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_PRIMARY_TABLE, TABLE_LEN);
	both(expect, false);
}

static void backup_header(struct image *image, struct draw *draw,
			  struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_BACKUP, GPT_HEADER_LEN);
	both(expect, true);
}

static void backup_table(struct image *image, struct draw *draw,
			 struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_BACKUP_TABLE, TABLE_LEN);
	both(expect, true);
}

static void both_headers(struct image *image, struct draw *draw,
			 struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_PRIMARY, GPT_HEADER_LEN);
	draw_flip(draw, image->data + GPT_BACKUP, GPT_HEADER_LEN);
	expect->code = 7;
}

static void both_tables(struct image *image, struct draw *draw,
			struct expect *expect)
{
	sealed(image);
	draw_flip(draw, image->data + GPT_PRIMARY_TABLE, TABLE_LEN);
	draw_flip(draw, image->data + GPT_BACKUP_TABLE, TABLE_LEN);
	expect->code = 7;
}

static void count(struct image *image, struct draw *draw,
		  struct expect *expect)
{
	gpt_put_both32(image, GPT_HEADER_COUNT,
		       (uint32_t)draw_from(draw, 1025, UINT32_MAX));
	expect->code = 7;
}

static void entry_len(struct image *image, struct draw *draw,
		      struct expect *expect)
{
	gpt_put_both32(image, GPT_HEADER_ENTRY_LEN,
		       (uint32_t)draw_from(draw, GPT_ENTRY_LEN + 1,
					   UINT32_MAX));
	expect->code = 7;
}

/* A partition on the tables, behind the last sector, or backwards. */
static void outside(struct image *image, struct draw *draw,
		    struct expect *expect)
{
	uint64_t first = draw_from(draw, 0, GPT_FIRST_USABLE - 1);
	uint64_t last = draw_from(draw, first, GPT_LAST_USABLE);

	gpt_sound(image);
	if (draw_from(draw, 0, 1)) {
		first = draw_from(draw, GPT_FIRST_USABLE, GPT_LAST_USABLE);
		last = draw_from(draw, GPT_LAST_USABLE + 1, UINT64_MAX);
	} else if (draw_from(draw, 0, 1)) {
		last = draw_from(draw, GPT_FIRST_USABLE, SECTORS / 2);
		first = draw_from(draw, last + 2, UINT64_MAX);
	}
	gpt_put_entry(image, 0, first, last);
	gpt_seal(image);
	expect_partition(expect, 2, PART, true);
}

static void overlap(struct image *image, struct draw *draw,
		    struct expect *expect)
{
	gpt_sound(image);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t first = draw_from(draw, GPT_FIRST_USABLE,
					   GPT_LAST_USABLE);
		uint64_t last = draw_from(draw, first, GPT_LAST_USABLE);

		gpt_put_entry(image, i, first, last);
		expect_partition(expect, i + 1, (last - first + 1) * SECTOR,
				 true);
	}
	gpt_seal(image);
}

/* Escape sequences, control characters of both kinds, what turns the
   direction of writing, halves of characters, or anything. */
static void name(struct image *image, struct draw *draw,
		 struct expect *expect)
{
	static const uint16_t evil[] = {
		0x1b, '[', ']', '0', ';', 'J', 'm', 7, 8, '\n', '\r', 0x7f,
		0x80, 0x9b, 0x9d, 0x200b, 0x2028, 0x202e, 0x2066, 0xd800,
		0xdc00, 0xfeff, 0xfffe, '/', '.', '%', '\\', '"', '$',
	};
	unsigned char *at = image->data + GPT_PRIMARY_TABLE + GPT_ENTRY_NAME;

	gpt_sound(image);
	for (unsigned i = 0; i < GPT_ENTRY_NAME_LEN; i += 2)
		put_le16(at + i, draw_from(draw, 0, 3) ?
			 evil[draw_from(draw, 0, ARRAY_SIZE(evil) - 1)] :
			 (uint16_t)draw_any(draw));
	gpt_seal(image);
	both(expect, true);
}

/* Before the last usable sector, so that it is known to be larger. */
static void cut_off(struct image *image, struct draw *draw,
		    struct expect *expect)
{
	sealed(image);
	image->size = draw_from(draw, 3, GPT_LAST_USABLE) * SECTOR;
	expect->code = 7;
}

/* The backup is gone, and nothing else. */
static void tail_off(struct image *image, struct draw *draw,
		     struct expect *expect)
{
	sealed(image);
	image->size = draw_from(draw, GPT_LAST_USABLE + 1, SECTORS - 1) *
		      SECTOR;
	both(expect, true);
}

static void noise(struct image *image, struct draw *draw,
		  struct expect *expect)
{
	unsigned n = (unsigned)draw_from(draw, 1, 64);

	gpt_sound(image);
	if (draw_from(draw, 0, 1))
		gpt_seal(image);
	while (n-- > 0)
		draw_bytes(draw, image->data +
			   draw_from(draw, 0, GPT_FIRST_USABLE * SECTOR), 1);
	if (draw_from(draw, 0, 1))
		gpt_seal(image);
	expect->code = EXPECT_ANY;
}

const struct seeded seeded_gpt[] = {
	{ "gpt-primary-header", primary_header },
	{ "gpt-primary-table", primary_table },
	{ "gpt-backup-header", backup_header },
	{ "gpt-backup-table", backup_table },
	{ "gpt-both-headers", both_headers },
	{ "gpt-both-tables", both_tables },
	{ "gpt-count", count },
	{ "gpt-entry-len", entry_len },
	{ "gpt-outside", outside },
	{ "gpt-overlap", overlap },
	{ "gpt-name", name },
	{ "gpt-cut-off", cut_off },
	{ "gpt-tail-off", tail_off },
	{ "gpt-noise", noise },
	{ NULL }
};
