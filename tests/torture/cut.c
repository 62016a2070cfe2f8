/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cut.c - a sound volume of each kind, and what is left of it if its end is
 * missing
 */
#include "apple.h"
#include "keyslot.h"
#include "sound.h"

enum {
	LAST_KIB = BROKEN_LEN / 1024 - 4,
	SMALL_DATA = 320 << 10,		/* of a LUKS2 volume */
	NEST = 64 << 10,		/* where the nested one begins */
};

/* What is left of [off, off + len), if anything is. */
static void expect_rest(struct expect *expect, unsigned number, uint64_t off,
			uint64_t len, uint64_t size)
{
	if (off >= size)
		return;
	expect->code = 0;
	expect_partition(expect, number, MIN(len, size - off), true);
}

static void make_gpt(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
}

/* The backup is always gone, and with it what the map speaks of; or not. */
static void expect_gpt(uint64_t size, struct expect *expect)
{
	expect->code = 7;
	if (size / SECTOR <= GPT_LAST_USABLE)
		return;
	expect_rest(expect, 1, 64 * SECTOR, 512 * SECTOR, size);
	expect_rest(expect, 2, 1024 * SECTOR, 512 * SECTOR, size);
}

static void expect_mbr(uint64_t size, struct expect *expect)
{
	expect->code = 3;
	expect_rest(expect, 1, 64 * SECTOR, 512 * SECTOR, size);
	expect_rest(expect, 5, (1024 + 63) * SECTOR, 193 * SECTOR, size);
	expect_rest(expect, 6, (1280 + 63) * SECTOR, 193 * SECTOR, size);
}

static void expect_map(uint64_t size, struct expect *expect)
{
	expect->code = 0;
	expect_partition(expect, 1, MIN((uint64_t)APPLE_MAP_BLOCKS * SECTOR,
					size - APPLE_MAP), false);
}

static void expect_apple(uint64_t size, struct expect *expect)
{
	expect_map(size, expect);
	expect_rest(expect, 2, 64 * SECTOR, 512 * SECTOR, size);
	expect_rest(expect, 3, 1024 * SECTOR, 512 * SECTOR, size);
}

static void expect_crypt(uint64_t size, uint64_t data, const char *suffix,
			 struct expect *expect)
{
	expect->code = size > data ? 0 : 7;
	if (size > data)
		expect_volume(expect, suffix, size - data, true);
	else
		expect->volumes[0] = '\0';
}

static void make_luks1(struct image *image)
{
	keyslot_luks1(image, 32);
}

static void expect_luks1(uint64_t size, struct expect *expect)
{
	expect_crypt(size, KEYSLOT_SMALL, ".crypt", expect);
}

static void make_luks2(struct image *image)
{
	keyslot_luks2(image, SMALL_DATA);
}

static void expect_luks2(uint64_t size, struct expect *expect)
{
	expect_crypt(size, SMALL_DATA, ".crypt", expect);
}

/* A LUKS2 volume in the third partition of an Apple map. */
static void make_nested(struct image *image)
{
	keyslot_luks2(image, SMALL_DATA);
	memmove(image->data + NEST, image->data, BROKEN_LEN - NEST);
	memset(image->data, 0, NEST);
	apple_sound(image);
	apple_put_entry(image, 2 * SECTOR, "plain", "Apple_HFS", 64, 64);
	apple_put_entry(image, 3 * SECTOR, "secret", "Linux_LUKS",
			NEST / SECTOR, SECTORS);
}

static void expect_nested(uint64_t size, struct expect *expect)
{
	expect_map(size, expect);
	expect_rest(expect, 2, 64 * SECTOR, 64 * SECTOR, size);
	if (size > NEST)
		expect_crypt(size - NEST, SMALL_DATA, "3.crypt", expect);
}

const struct cut cuts[] = {
	{ "gpt", 0, LAST_KIB, make_gpt, expect_gpt },
	{ "mbr", 0, LAST_KIB, mbr_sound, expect_mbr },
	{ "apple", 0, LAST_KIB, apple_sound, expect_apple },
	{ "luks1", 0, KEYSLOT_SMALL / 1024 + 28, make_luks1, expect_luks1 },
	{ "luks2", 0, LAST_KIB, make_luks2, expect_luks2 },
	{ "nested", 0, LAST_KIB, make_nested, expect_nested },
	{ NULL }
};
