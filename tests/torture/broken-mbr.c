/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken-mbr.c - broken MBRs, and what is no map at all
 *
 * The sound MBR has one primary partition (64 to 575) and an extended one
 * (1024 to 2047) with two logical partitions, 63 sectors after their tables.
 */
#include "sound.h"

enum { EXTENDED = 1024, EXTENDED_LEN = 1024, LOGICAL = 256 };

void mbr_put_slot(struct image *image, uint64_t sector, unsigned i,
		  uint8_t type, uint32_t start, uint32_t sectors)
{
	unsigned char *slot = image->data + sector * SECTOR + 446 + i * 16;

	slot[4] = type;
	put_le32(slot + 8, start);
	put_le32(slot + 12, sectors);
	put_le16(image->data + sector * SECTOR + 510, 0xaa55);
}

void mbr_sound(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x83, 64, 512);
	mbr_put_slot(image, 0, 1, 0x05, EXTENDED, EXTENDED_LEN);
	mbr_put_slot(image, EXTENDED, 0, 0x83, 63, LOGICAL - 63);
	mbr_put_slot(image, EXTENDED, 1, 0x05, LOGICAL, LOGICAL);
	mbr_put_slot(image, EXTENDED + LOGICAL, 0, 0x83, 63, LOGICAL - 63);
}

static void ebr_loop(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, EXTENDED + LOGICAL, 1, 0x05, 2 * LOGICAL, LOGICAL);
	mbr_put_slot(image, EXTENDED + 2 * LOGICAL, 0, 0x83, 63, LOGICAL - 63);
	mbr_put_slot(image, EXTENDED + 2 * LOGICAL, 1, 0x05, LOGICAL, LOGICAL);
}

static void ebr_self(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, EXTENDED + LOGICAL, 1, 0x05, LOGICAL, LOGICAL);
}

/* Each table in the sector after the last one, to the end of the disk: one
   more than are followed. */
static void ebr_endless(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x05, 1, SECTORS - 1);
	for (uint32_t i = 1; i < SECTORS - 1; i++)
		mbr_put_slot(image, i, 1, 0x05, i, 1);
}

static void ebr_past_end(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, EXTENDED + LOGICAL, 1, 0x05, 0x7fffffff, LOGICAL);
}

static void ebr_unsigned(struct image *image)
{
	mbr_sound(image);
	put_le16(image->data + (EXTENDED + LOGICAL) * SECTOR + 510, 0);
}

static void extended_past_end(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, 0, 1, 0x05, UINT32_MAX, EXTENDED_LEN);
}

static void extended_twice(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, 0, 2, 0x0f, EXTENDED, EXTENDED_LEN);
}

static void extended_on_mbr(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, 0, 1, 0x05, 0, EXTENDED_LEN);
}

static void start_wild(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x83, UINT32_MAX, 512);
}

static void start_zero(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x83, 0, 512);
}

static void size_wild(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x83, 64, UINT32_MAX);
}

static void size_zero(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0x83, 64, 0);
}

static void boot_flag_wild(struct image *image)
{
	mbr_sound(image);
	image->data[446] = 0x7f;
}

static void overlap(struct image *image)
{
	mbr_sound(image);
	mbr_put_slot(image, 0, 2, 0x83, 100, 1500);
}

static void unsigned_map(struct image *image)
{
	mbr_sound(image);
	put_le16(image->data + 510, 0);
}

static void magic_alone(struct image *image)
{
	put_le16(image->data + 510, 0xaa55);
}

static void protects_nothing(struct image *image)
{
	mbr_put_slot(image, 0, 0, 0xee, 1, SECTORS - 1);
	mbr_put_slot(image, 0, 1, 0x83, 64, 512);
}

const struct broken broken_mbr[] = {
	{ "mbr-ebr-loop", 7, ebr_loop },
	{ "mbr-ebr-self", 7, ebr_self },
	{ "mbr-ebr-endless", 7, ebr_endless },
	{ "mbr-ebr-past-end", 0, ebr_past_end },
	{ "mbr-ebr-unsigned", 0, ebr_unsigned },
	{ "mbr-extended-past-end", 0, extended_past_end },
	{ "mbr-extended-twice", 0, extended_twice },
	{ "mbr-extended-on-mbr", 0, extended_on_mbr },
	{ "mbr-start-wild", 3, start_wild },
	{ "mbr-start-zero", 3, start_zero },
	{ "mbr-size-wild", 0, size_wild },
	{ "mbr-size-zero", 3, size_zero },
	{ "mbr-boot-flag-wild", 3, boot_flag_wild },
	{ "mbr-overlap", 0, overlap },
	{ "mbr-unsigned", 3, unsigned_map },
	{ "mbr-magic-alone", 3, magic_alone },
	{ "mbr-protects-nothing", 7, protects_nothing },
	{ NULL }
};

static void zeros(struct image *image)
{
	(void)image;
}

static void ones(struct image *image)
{
	memset(image->data, 0xff, BROKEN_LEN);
}

/* The same in each run: a congruence of Knuth's. */
static void noise(struct image *image)
{
	uint64_t n = 1;

	for (size_t i = 0; i < BROKEN_LEN; i++) {
		n = n * 6364136223846793005u + 1442695040888963407u;
		image->data[i] = (unsigned char)(n >> 56);
	}
}

static void zero_length(struct image *image)
{
	image->size = 0;
}

static void one_byte(struct image *image)
{
	image->data[0] = 'x';
	image->size = 1;
}

static void part_of_a_sector(struct image *image)
{
	memset(image->data, 'x', SECTOR);
	image->size = SECTOR - 1;
}

static void one_sector(struct image *image)
{
	mbr_sound(image);
	memset(image->data + 446, 0, 64);
	image->size = SECTOR;
}

static void qcow2(struct image *image)
{
	memcpy(image->data, "QFI\xfb\0\0\0\3", 8);
}

const struct broken broken_other[] = {
	{ "zeros", 3, zeros },
	{ "ones", 3, ones },
	{ "noise", 3, noise },
	{ "zero-length", 7, zero_length },
	{ "one-byte", 7, one_byte },
	{ "part-of-a-sector", 7, part_of_a_sector },
	{ "one-sector", 3, one_sector },
	{ "qcow2-alone", 9, qcow2 },
	{ NULL }
};
