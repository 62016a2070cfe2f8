/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken-gpt.c - broken GUID partition tables
 *
 * The sound one has 128 entries, two of them in use: sectors 64 to 575, and
 * 1024 to 1535.  Checksums are made after the bug, unless they are the bug.
 */
#include "bytes.h"
#include "sound.h"

enum {
	ENTRIES = GPT_ENTRIES, ENTRY_LEN = GPT_ENTRY_LEN,
	PRIMARY = GPT_PRIMARY, PRIMARY_TABLE = GPT_PRIMARY_TABLE,
	BACKUP = GPT_BACKUP, BACKUP_TABLE = GPT_BACKUP_TABLE,

	SIZE = 12, CRC = 16, MY_LBA = 24, OTHER_LBA = 32, FIRST = 40,
	LAST = 48, GUID = 56, TABLE = 72, COUNT = 80, LEN = 84,
	TABLE_CRC = 88, HEADER_LEN = 92,

	ENTRY_UUID = 16, ENTRY_FIRST = 32, ENTRY_LAST = 40, ENTRY_NAME = 56,
};

/* The CRC-32 of Ethernet and zip, a bit at a time. */
static uint32_t crc32_of(const unsigned char *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320u);
	}
	return ~crc;
}

void gpt_put_entry(struct image *image, unsigned i, uint64_t first,
		   uint64_t last)
{
	/* 0FC63DAF-8483-4772-8E79-3D69D8477DE4, as it lies on a disk. */
	static const unsigned char type[16] = {
		0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
		0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4,
	};
	unsigned char *entry = image->data + PRIMARY_TABLE + i * ENTRY_LEN;

	memcpy(entry, type, sizeof(type));
	memset(entry + ENTRY_UUID, (int)i + 1, 16);
	put_le64(entry + ENTRY_FIRST, first);
	put_le64(entry + ENTRY_LAST, last);
}

static void put_name(struct image *image, const uint16_t *units, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_le16(image->data + PRIMARY_TABLE + ENTRY_NAME + 2 * i,
			 units[i]);
}

#define PUT_NAME(image, ...)						\
	put_name(image, (const uint16_t[]){ __VA_ARGS__ },		\
		 sizeof((const uint16_t[]){ __VA_ARGS__ }) / 2)

static void put_header(unsigned char *header, uint64_t own, uint64_t other,
		       uint64_t table)
{
	memcpy(header, "EFI PART", 8);
	put_le32(header + 8, 0x00010000);
	put_le32(header + SIZE, HEADER_LEN);
	put_le64(header + MY_LBA, own);
	put_le64(header + OTHER_LBA, other);
	put_le64(header + FIRST, GPT_FIRST_USABLE);
	put_le64(header + LAST, GPT_LAST_USABLE);
	memset(header + GUID, 0x42, 16);
	put_le64(header + TABLE, table);
	put_le32(header + COUNT, ENTRIES);
	put_le32(header + LEN, ENTRY_LEN);
}

static void put_protective(struct image *image)
{
	unsigned char *slot = image->data + 446;

	slot[4] = 0xee;
	put_le32(slot + 8, 1);
	put_le32(slot + 12, SECTORS - 1);
	put_le16(image->data + 510, 0xaa55);
}

void gpt_sound(struct image *image)
{
	put_protective(image);
	gpt_put_entry(image, 0, 64, 575);
	gpt_put_entry(image, 1, 1024, 1535);
	put_header(image->data + PRIMARY, 1, SECTORS - 1, 2);
	put_header(image->data + BACKUP, SECTORS - 1, 1,
		   BACKUP_TABLE / SECTOR);
}

static void seal_header(unsigned char *header)
{
	uint32_t len = get_le32(header + SIZE);

	memset(header + CRC, 0, 4);
	put_le32(header + CRC, crc32_of(header, len <= SECTOR ? len :
					HEADER_LEN));
}

/* The backup table is made the same, and all the checksums right. */
void gpt_seal(struct image *image)
{
	uint32_t crc = crc32_of(image->data + PRIMARY_TABLE,
				ENTRIES * ENTRY_LEN);

	memcpy(image->data + BACKUP_TABLE, image->data + PRIMARY_TABLE,
	       ENTRIES * ENTRY_LEN);
	put_le32(image->data + PRIMARY + TABLE_CRC, crc);
	put_le32(image->data + BACKUP + TABLE_CRC, crc);
	seal_header(image->data + PRIMARY);
	seal_header(image->data + BACKUP);
}

void gpt_put_both32(struct image *image, size_t off, uint32_t n)
{
	gpt_sound(image);
	put_le32(image->data + PRIMARY + off, n);
	put_le32(image->data + BACKUP + off, n);
	gpt_seal(image);
}

void gpt_put_both64(struct image *image, size_t off, uint64_t n)
{
	gpt_sound(image);
	put_le64(image->data + PRIMARY + off, n);
	put_le64(image->data + BACKUP + off, n);
	gpt_seal(image);
}

static void crc_bad(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->data[PRIMARY + CRC] ^= 1;
	image->data[BACKUP + CRC] ^= 1;
}

static void table_crc_bad(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->data[PRIMARY_TABLE + ENTRY_NAME] ^= 1;
	image->data[BACKUP_TABLE + ENTRY_NAME] ^= 1;
}

static void primary_bad(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->data[PRIMARY + CRC] ^= 1;
}

static void primary_table_bad(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->data[PRIMARY_TABLE] ^= 1;
}

static void primary_gone(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	memset(image->data + PRIMARY, 0, SECTOR);
}

static void backup_bad(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->data[BACKUP + CRC] ^= 1;
}

static void cut_off(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	image->size = 1000 * SECTOR;
}

static void headers_gone(struct image *image)
{
	gpt_sound(image);
	memset(image->data + PRIMARY, 0, SECTOR);
	memset(image->data + BACKUP, 0, SECTOR);
}

static void unprotected(struct image *image)
{
	gpt_sound(image);
	gpt_seal(image);
	memset(image->data, 0, SECTOR);
}

static void count_wild(struct image *image)
{
	gpt_put_both32(image, COUNT, UINT32_MAX);
}

static void count_zero(struct image *image)
{
	gpt_put_both32(image, COUNT, 0);
}

static void entry_len_zero(struct image *image)
{
	gpt_put_both32(image, LEN, 0);
}

static void entry_len_wild(struct image *image)
{
	gpt_put_both32(image, LEN, 0x80000080);
}

static void header_len_zero(struct image *image)
{
	gpt_put_both32(image, SIZE, 0);
}

static void header_len_wild(struct image *image)
{
	gpt_put_both32(image, SIZE, UINT32_MAX);
}

static void own_lba_wrong(struct image *image)
{
	gpt_put_both64(image, MY_LBA, 7);
}

static void table_lba_wild(struct image *image)
{
	gpt_put_both64(image, TABLE, UINT64_MAX / 2);
}

static void usable_reversed(struct image *image)
{
	gpt_put_both64(image, FIRST, GPT_LAST_USABLE + 1);
}

static void usable_wild(struct image *image)
{
	gpt_put_both64(image, LAST, UINT64_MAX);
}

static void put_only(struct image *image, uint64_t first, uint64_t last)
{
	gpt_sound(image);
	memset(image->data + PRIMARY_TABLE, 0, 2 * ENTRY_LEN);
	gpt_put_entry(image, 0, first, last);
	gpt_seal(image);
}

static void part_past_end(struct image *image)
{
	put_only(image, 1024, SECTORS + 1024);
}

static void part_wild(struct image *image)
{
	put_only(image, UINT64_MAX - 1, UINT64_MAX);
}

static void part_reversed(struct image *image)
{
	put_only(image, 1024, 512);
}

static void part_on_table(struct image *image)
{
	put_only(image, 2, 1023);
}

static void overlap(struct image *image)
{
	gpt_sound(image);
	gpt_put_entry(image, 1, 100, 1535);
	gpt_seal(image);
}

static void uuid_twice(struct image *image)
{
	gpt_sound(image);
	memset(image->data + PRIMARY_TABLE + ENTRY_LEN + ENTRY_UUID, 1, 16);
	gpt_seal(image);
}

static void empty(struct image *image)
{
	gpt_sound(image);
	memset(image->data + PRIMARY_TABLE, 0, 2 * ENTRY_LEN);
	gpt_seal(image);
}

/* What follows seems to be written the other way round. */
static void name_bidi(struct image *image)
{
	gpt_sound(image);
	PUT_NAME(image, 'a', 0x202e, 'g', 'p', 'j', 0x2066, 0x200b, 0x2028);
	gpt_seal(image);
}

static void name_escape(struct image *image)
{
	gpt_sound(image);
	PUT_NAME(image, 0x1b, '[', '2', 'J', 0x9b, '3', '1', 'm', '\n', 7);
	gpt_seal(image);
}

static void name_half_surrogates(struct image *image)
{
	gpt_sound(image);
	PUT_NAME(image, 0xd800, 'x', 0xdc00, 0xdbff);
	gpt_seal(image);
}

static void name_without_end(struct image *image)
{
	gpt_sound(image);
	for (size_t i = 0; i < 36; i++)
		put_le16(image->data + PRIMARY_TABLE + ENTRY_NAME + 2 * i,
			 0x20ac);
	gpt_seal(image);
}

const struct broken broken_gpt[] = {
	{ "gpt-crc-bad", 7, crc_bad },
	{ "gpt-table-crc-bad", 7, table_crc_bad },
	{ "gpt-primary-bad", 0, primary_bad },
	{ "gpt-primary-table-bad", 0, primary_table_bad },
	{ "gpt-primary-gone", 0, primary_gone },
	{ "gpt-backup-bad", 0, backup_bad },
	{ "gpt-cut-off", 7, cut_off },
	{ "gpt-headers-gone", 7, headers_gone },
	{ "gpt-unprotected", 3, unprotected },
	{ "gpt-count-wild", 7, count_wild },
	{ "gpt-count-zero", 7, count_zero },
	{ "gpt-entry-len-zero", 7, entry_len_zero },
	{ "gpt-entry-len-wild", 7, entry_len_wild },
	{ "gpt-header-len-zero", 7, header_len_zero },
	{ "gpt-header-len-wild", 7, header_len_wild },
	{ "gpt-own-lba-wrong", 7, own_lba_wrong },
	{ "gpt-table-lba-wild", 7, table_lba_wild },
	{ "gpt-usable-reversed", 7, usable_reversed },
	{ "gpt-usable-wild", 7, usable_wild },
	{ "gpt-part-past-end", 3, part_past_end },
	{ "gpt-part-wild", 3, part_wild },
	{ "gpt-part-reversed", 3, part_reversed },
	{ "gpt-part-on-table", 3, part_on_table },
	{ "gpt-overlap", 0, overlap },
	{ "gpt-uuid-twice", 0, uuid_twice },
	{ "gpt-empty", 3, empty },
	{ "gpt-name-bidi", 0, name_bidi },
	{ "gpt-name-escape", 0, name_escape },
	{ "gpt-name-half-surrogates", 0, name_half_surrogates },
	{ "gpt-name-without-end", 0, name_without_end },
	{ NULL }
};
