/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seeded-luks.c - LUKS headers that are broken by a draw
 */
#include <stdio.h>

#include "draw.h"
#include "keyslot.h"
#include "sound.h"

enum { AREA_LEN = 64 * 4000, DIGEST_LEN = 20, SALT_LEN = 32 };

static void opens(struct expect *expect)
{
	expect_volume(expect, ".crypt", LUKS_SIZE - LUKS_DATA, true);
}

/* One bit of a key, or of what it is checked with: it is another key. */
static void luks1_key(struct image *image, struct draw *draw,
		      struct expect *expect)
{
	keyslot_luks1(image, 64);
	switch (draw_from(draw, 0, 2)) {
	case 0:
		draw_flip(draw, image->data + LUKS1_DIGEST,
			  DIGEST_LEN + SALT_LEN);
		break;
	case 1:
		draw_flip(draw, image->data + LUKS1_SLOTS + LUKS1_SLOT_SALT,
			  SALT_LEN);
		break;
	default:
		draw_flip(draw, image->data + LUKS1_AREA, AREA_LEN);
	}
	expect->code = 6;
}

static void luks1_unused(struct image *image, struct draw *draw,
			 struct expect *expect)
{
	size_t from = LUKS1_AREA + 504 * SECTOR;

	keyslot_luks1(image, 64);
	for (unsigned i = 0; i < 64; i++)
		draw_flip(draw, image->data + from, BROKEN_LEN - from);
	opens(expect);
}

static void luks1_payload(struct image *image, struct draw *draw,
			  struct expect *expect)
{
	keyslot_luks1(image, 64);
	put_be32(image->data + LUKS1_PAYLOAD,
		 (uint32_t)draw_from(draw, LUKS_SIZE / SECTOR, UINT32_MAX));
	expect->code = 7;
}

static void luks1_slot_offset(struct image *image, struct draw *draw,
			      struct expect *expect)
{
	size_t slot = draw_from(draw, 0, LUKS1_N_SLOTS - 1) * LUKS1_SLOT_LEN;

	keyslot_luks1(image, 64);
	put_be32(image->data + LUKS1_SLOTS + slot + LUKS1_SLOT_OFFSET,
		 (uint32_t)draw_from(draw, LUKS_SIZE / SECTOR, UINT32_MAX));
	expect->code = 7;
}

static void luks1_cut_off(struct image *image, struct draw *draw,
			  struct expect *expect)
{
	keyslot_luks1(image, 64);
	image->size = draw_from(draw, 1, LUKS_DATA / SECTOR) * SECTOR;
	expect->code = 7;
}

static void luks1_uuid(struct image *image, struct draw *draw,
		       struct expect *expect)
{
	keyslot_luks1(image, 64);
	draw_bytes(draw, image->data + LUKS1_UUID, LUKS1_SLOTS - LUKS1_UUID);
	opens(expect);
}

/* Not in what says how long the key derivation takes. */
static void luks1_noise(struct image *image, struct draw *draw,
			struct expect *expect)
{
	unsigned n = (unsigned)draw_from(draw, 1, 32);

	keyslot_luks1(image, 64);
	while (n-- > 0)
		draw_bytes(draw, image->data + draw_from(draw, 6, LUKS1_SALT),
			   1);
	expect->code = EXPECT_ANY;
}

static void luks2(struct image *image)
{
	keyslot_luks2(image, LUKS_DATA);
}

/* Any bit of one copy: the other one is used. */
static void luks2_one_copy(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	luks2(image);
	draw_flip(draw, image->data + draw_from(draw, 0, 1) * LUKS2_COPY,
		  LUKS2_COPY);
	opens(expect);
}

static void luks2_both_copies(struct image *image, struct draw *draw,
			      struct expect *expect)
{
	luks2(image);
	draw_flip(draw, image->data + LUKS2_JSON, LUKS2_COPY - LUKS2_JSON);
	draw_flip(draw, image->data + LUKS2_COPY + LUKS2_JSON,
		  LUKS2_COPY - LUKS2_JSON);
	expect->code = 7;
}

static void luks2_key(struct image *image, struct draw *draw,
		      struct expect *expect)
{
	luks2(image);
	draw_flip(draw, image->data + LUKS2_AREA, AREA_LEN);
	expect->code = 6;
}

static void luks2_past_end(struct image *image, struct draw *draw,
			   struct expect *expect)
{
	keyslot_luks2(image, (uint32_t)draw_from(draw, LUKS_SIZE / 4096,
						 UINT32_MAX / 4096) * 4096);
	expect->code = 7;
}

static void luks2_label(struct image *image, struct draw *draw,
			struct expect *expect)
{
	unsigned char label[LUKS2_LABEL_LEN];

	luks2(image);
	draw_bytes(draw, label, sizeof(label));
	memcpy(image->data + LUKS2_LABEL, label, sizeof(label));
	memcpy(image->data + LUKS2_COPY + LUKS2_LABEL, label, sizeof(label));
	luks2_seal(image);
	opens(expect);
}

/* Letters of the JSON, with checksums that are right. */
static void luks2_words(struct image *image, struct draw *draw,
			struct expect *expect)
{
	unsigned n = (unsigned)draw_from(draw, 1, 4);

	luks2(image);
	while (n-- > 0) {
		size_t at = LUKS2_JSON + draw_from(draw, 0,
						   strlen(luks2_json) - 1);
		unsigned char c = (unsigned char)draw_from(draw, ' ', '~');

		image->data[at] = image->data[LUKS2_COPY + at] = c;
	}
	luks2_seal(image);
	expect->code = EXPECT_ANY;
}

static void luks2_cut_off(struct image *image, struct draw *draw,
			  struct expect *expect)
{
	luks2(image);
	image->size = draw_from(draw, 1, LUKS_DATA / SECTOR) * SECTOR;
	expect->code = 7;
}

const struct seeded seeded_luks[] = {
	{ "luks1-key", luks1_key },
	{ "luks1-unused", luks1_unused },
	{ "luks1-payload", luks1_payload },
	{ "luks1-slot-offset", luks1_slot_offset },
	{ "luks1-cut-off", luks1_cut_off },
	{ "luks1-uuid", luks1_uuid },
	{ "luks1-noise", luks1_noise },
	{ "luks2-one-copy", luks2_one_copy },
	{ "luks2-both-copies", luks2_both_copies },
	{ "luks2-key", luks2_key },
	{ "luks2-past-end", luks2_past_end },
	{ "luks2-label", luks2_label },
	{ "luks2-words", luks2_words },
	{ "luks2-cut-off", luks2_cut_off },
	{ NULL }
};
