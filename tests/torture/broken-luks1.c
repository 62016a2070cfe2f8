/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken-luks1.c - broken LUKS1 headers
 *
 * The sound one is for aes-xts-plain64, has one keyslot in use, whose key
 * nobody knows, and 1 MiB of data behind 2 MiB of header (LUKS On-Disk Format
 * Specification, version 1.2.3).
 */
#include "sound.h"

enum {
	FORMAT = 6, CIPHER = 8, MODE = 40, HASH = 72, PAYLOAD = LUKS1_PAYLOAD,
	KEY_LEN = LUKS1_KEY_LEN, DIGEST = LUKS1_DIGEST, SALT = LUKS1_SALT,
	ITERATIONS = 164, UUID = LUKS1_UUID, SLOTS = LUKS1_SLOTS,
	SLOT_LEN = LUKS1_SLOT_LEN, N_SLOTS = LUKS1_N_SLOTS,

	SLOT_STATE = 0, SLOT_ITERATIONS = 4,
	SLOT_OFFSET = LUKS1_SLOT_OFFSET, SLOT_STRIPES = 44,

	STATE_USED = 0x00ac71f3, STATE_FREE = 0x0000dead,
	FIRST_SLOT = LUKS1_AREA / SECTOR, SLOT_SECTORS = 504, STRIPES = 4000,
	PAYLOAD_SECTORS = 4096, SIZE = LUKS_SIZE,
};

static unsigned char *slot_at(struct image *image, unsigned i)
{
	return image->data + SLOTS + i * SLOT_LEN;
}

void luks1_sound(struct image *image)
{
	unsigned char *header = image->data;

	memcpy(header, "LUKS\xba\xbe", 6);
	put_be16(header + FORMAT, 1);
	strcpy((char *)header + CIPHER, "aes");
	strcpy((char *)header + MODE, "xts-plain64");
	strcpy((char *)header + HASH, "sha256");
	put_be32(header + PAYLOAD, PAYLOAD_SECTORS);
	put_be32(header + KEY_LEN, 64);
	memset(header + DIGEST, 0x11, 20);
	memset(header + SALT, 0x22, 32);
	put_be32(header + ITERATIONS, 1000);
	strcpy((char *)header + UUID, "01234567-89ab-cdef-0123-456789abcdef");
	for (unsigned i = 0; i < N_SLOTS; i++) {
		unsigned char *slot = slot_at(image, i);

		put_be32(slot + SLOT_STATE, i == 0 ? STATE_USED : STATE_FREE);
		put_be32(slot + SLOT_ITERATIONS, i == 0 ? 1000 : 0);
		put_be32(slot + SLOT_OFFSET, FIRST_SLOT + i * SLOT_SECTORS);
		put_be32(slot + SLOT_STRIPES, STRIPES);
	}
	image->size = SIZE;
}

static void no_key_fits(struct image *image)
{
	luks1_sound(image);
}

static void no_keyslot_used(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 0) + SLOT_STATE, STATE_FREE);
}

static void magic_alone(struct image *image)
{
	memcpy(image->data, "LUKS\xba\xbe\0\1", 8);
	image->size = SIZE;
}

static void truncated_header(struct image *image)
{
	luks1_sound(image);
	image->size = 4 * SECTOR;
}

static void truncated_keyslots(struct image *image)
{
	luks1_sound(image);
	image->size = 300 << 10;
}

static void truncated_at_data(struct image *image)
{
	luks1_sound(image);
	image->size = PAYLOAD_SECTORS * SECTOR;
}

static void version_wild(struct image *image)
{
	luks1_sound(image);
	put_be16(image->data + FORMAT, 0x7fff);
}

static void payload_zero(struct image *image)
{
	luks1_sound(image);
	put_be32(image->data + PAYLOAD, 0);
}

static void payload_wild(struct image *image)
{
	luks1_sound(image);
	put_be32(image->data + PAYLOAD, UINT32_MAX);
}

static void payload_in_keyslots(struct image *image)
{
	luks1_sound(image);
	put_be32(image->data + PAYLOAD, 16);
}

static void key_len_zero(struct image *image)
{
	luks1_sound(image);
	put_be32(image->data + KEY_LEN, 0);
}

static void key_len_wild(struct image *image)
{
	luks1_sound(image);
	put_be32(image->data + KEY_LEN, 0x7fffffff);
}

static void hash_unknown(struct image *image)
{
	luks1_sound(image);
	strcpy((char *)image->data + HASH, "sha257");
}

static void cipher_unknown(struct image *image)
{
	luks1_sound(image);
	strcpy((char *)image->data + CIPHER, "rot13");
}

static void cipher_escape(struct image *image)
{
	luks1_sound(image);
	strcpy((char *)image->data + CIPHER, "\033[2Jaes\n%s");
}

static void cipher_without_end(struct image *image)
{
	luks1_sound(image);
	memset(image->data + CIPHER, 'a', MODE - CIPHER);
}

static void slot_state_wild(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 3) + SLOT_STATE, 0x12345678);
}

static void slot_offset_wild(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 0) + SLOT_OFFSET, 0xfffffff0);
}

static void slot_offset_zero(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 0) + SLOT_OFFSET, 0);
}

static void slots_overlap(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 1) + SLOT_OFFSET, FIRST_SLOT);
}

static void stripes_zero(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 0) + SLOT_STRIPES, 0);
}

static void stripes_wild(struct image *image)
{
	luks1_sound(image);
	put_be32(slot_at(image, 0) + SLOT_STRIPES, UINT32_MAX);
}

static void uuid_escape(struct image *image)
{
	luks1_sound(image);
	memset(image->data + UUID, '\033', SLOTS - UUID);
}

const struct broken broken_luks1[] = {
	{ "luks1-no-key-fits", 6, no_key_fits },
	{ "luks1-no-keyslot-used", 6, no_keyslot_used },
	{ "luks1-magic-alone", 7, magic_alone },
	{ "luks1-truncated-header", 7, truncated_header },
	{ "luks1-truncated-keyslots", 7, truncated_keyslots },
	{ "luks1-truncated-at-data", 7, truncated_at_data },
	{ "luks1-version-wild", 9, version_wild },
	{ "luks1-payload-zero", 9, payload_zero },
	{ "luks1-payload-wild", 7, payload_wild },
	{ "luks1-payload-in-keyslots", 7, payload_in_keyslots },
	{ "luks1-key-len-zero", 7, key_len_zero },
	{ "luks1-key-len-wild", 7, key_len_wild },
	{ "luks1-hash-unknown", 7, hash_unknown },
	{ "luks1-cipher-unknown", 9, cipher_unknown },
	{ "luks1-cipher-escape", 9, cipher_escape },
	{ "luks1-cipher-without-end", 9, cipher_without_end },
	{ "luks1-slot-state-wild", 6, slot_state_wild },
	{ "luks1-slot-offset-wild", 7, slot_offset_wild },
	{ "luks1-slot-offset-zero", 7, slot_offset_zero },
	{ "luks1-slots-overlap", 7, slots_overlap },
	{ "luks1-stripes-zero", 7, stripes_zero },
	{ "luks1-stripes-wild", 7, stripes_wild },
	{ "luks1-uuid-escape", 6, uuid_escape },
	{ NULL }
};
