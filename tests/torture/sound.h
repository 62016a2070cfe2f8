/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sound.h - maps and headers with nothing wrong in them, to be broken
 *
 * What each holds stands at the top of its broken-*.c.  Offsets and lengths
 * are bytes, places on a disk sectors.
 */
#ifndef SOUND_H
#define SOUND_H

#include "broken.h"

enum {
	GPT_ENTRIES = 128, GPT_ENTRY_LEN = 128, GPT_TABLE_SECTORS = 32,
	GPT_HEADER_LEN = 92, GPT_HEADER_COUNT = 80, GPT_HEADER_ENTRY_LEN = 84,
	GPT_ENTRY_NAME = 56, GPT_ENTRY_NAME_LEN = 72,
	GPT_PRIMARY = SECTOR, GPT_PRIMARY_TABLE = 2 * SECTOR,
	GPT_BACKUP = BROKEN_LEN - SECTOR,
	GPT_BACKUP_TABLE = GPT_BACKUP - GPT_TABLE_SECTORS * SECTOR,
	GPT_FIRST_USABLE = 34, GPT_LAST_USABLE = SECTORS - 34,
};

void gpt_sound(struct image *image);		/* not sealed yet */
void gpt_put_entry(struct image *image, unsigned i, uint64_t first,
		   uint64_t last);
/* A number of both headers, all else sound. */
void gpt_put_both32(struct image *image, size_t off, uint32_t n);
void gpt_put_both64(struct image *image, size_t off, uint64_t n);
/* The backup table is made the same, and all the checksums right. */
void gpt_seal(struct image *image);

void mbr_sound(struct image *image);
/* Entry @i of the map in @sector, and that sector's signature. */
void mbr_put_slot(struct image *image, uint64_t sector, unsigned i,
		  uint8_t type, uint32_t start, uint32_t sectors);

enum { APPLE_MAP = SECTOR, APPLE_MAP_BLOCKS = 63 };

void apple_sound(struct image *image);
void apple_put_entry(struct image *image, size_t off, const char *name,
		     const char *type, uint32_t start, uint32_t blocks);

enum {
	LUKS_SIZE = 3 << 20,
	LUKS_DATA = 2 << 20,		/* where the data begin */

	LUKS1_PAYLOAD = 104, LUKS1_KEY_LEN = 108, LUKS1_DIGEST = 112,
	LUKS1_SALT = 132, LUKS1_UUID = 168,
	LUKS1_SLOTS = 208, LUKS1_SLOT_LEN = 48, LUKS1_N_SLOTS = 8,
	LUKS1_SLOT_SALT = 8, LUKS1_SLOT_OFFSET = 40,
	LUKS1_AREA = 4096,		/* of the first keyslot */

	LUKS2_COPY = 16384, LUKS2_JSON = 4096, LUKS2_LABEL = 24,
	LUKS2_LABEL_LEN = 48,
	LUKS2_AREA = 32768,
};

extern const char luks2_json[];

void luks1_sound(struct image *image);
void luks2_sound(struct image *image);
/* @json of @len bytes in both copies, sealed. */
void luks2_put_json(struct image *image, const char *json, size_t len);
void luks2_seal(struct image *image);		/* the checksums */

#endif /* SOUND_H */
