/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.c - what stands in a map's own sectors
 *
 * Layouts: UEFI specification, chapter 5 (both maps); the chain of extended
 * boot records as Linux and libblkid follow it: each holds a partition and a
 * link, which counts from the start of the first extended partition.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "bytes.h"
#include "partmap.h"
#include "util.h"
#include "verdict.h"

enum {
	MIB = 1024 * 1024,
	RECORD = 512,			/* what of a sector we look at */
	BOOT_MAGIC = 510,
	SLOTS = 446, SLOT_LEN = 16, N_SLOTS = 4,
	SLOT_FLAGS = 0, SLOT_TYPE = 4, SLOT_START = 8, SLOT_SECTORS = 12,

	HEADER_LEN = 12, HEADER_CRC = 16, HEADER_LBA = 24,
	HEADER_LAST = 48, HEADER_ENTRIES = 80, HEADER_ENTRY_LEN = 84,
	HEADER_MIN = 92,
};

enum header {
	HEADER_ABSENT,
	HEADER_DAMAGED,
	HEADER_WILD,			/* intact, with an impossible table */
	HEADER_OUTSIDE,			/* intact, but for a larger disk */
	HEADER_INTACT,
};

static int read_sector(int fd, uint64_t size, uint64_t off,
		       unsigned char record[RECORD])
{
	if (!range_inside(off, RECORD, size))
		return -ENODEV;
	return bytes_read(fd, record, RECORD, off);
}

static bool has_boot_magic(const unsigned char *record)
{
	return get_le16(record + BOOT_MAGIC) == 0xaa55;
}

static const unsigned char *slot_at(const unsigned char *record, int i)
{
	return record + SLOTS + i * SLOT_LEN;
}

static bool is_protective(const unsigned char *record)
{
	for (int i = 0; i < N_SLOTS; i++)
		if (slot_at(record, i)[SLOT_TYPE] == 0xee)
			return has_boot_magic(record);
	return false;
}

/* The CRC-32 of Ethernet and zip. */
static uint32_t crc32_of(const unsigned char *p, size_t len)
{
	uint32_t crc = UINT32_MAX;

	while (len-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static bool has_gpt_magic(const unsigned char *record)
{
	return memcmp(record, "EFI PART", 8) == 0;
}

static bool header_sum_is_right(const unsigned char *record)
{
	unsigned char copy[RECORD];
	uint32_t len = get_le32(record + HEADER_LEN);

	if (len < HEADER_MIN || len > RECORD)
		return false;
	memcpy(copy, record, RECORD);
	memset(copy + HEADER_CRC, 0, 4);
	return crc32_of(copy, len) == get_le32(record + HEADER_CRC);
}

static int read_header(int fd, uint64_t size, uint64_t off, uint32_t sector,
		       enum header *ret)
{
	unsigned char record[RECORD];
	int r = read_sector(fd, size, off, record);

	if (r < 0 && r != -ENODEV)
		return r;
	if (r == -ENODEV || !has_gpt_magic(record))
		*ret = HEADER_ABSENT;
	else if (!header_sum_is_right(record) ||
		 get_le64(record + HEADER_LBA) != off / sector)
		*ret = HEADER_DAMAGED;
	else if (get_le32(record + HEADER_ENTRIES) > PARTMAP_MAX_PARTS ||
		 get_le32(record + HEADER_ENTRY_LEN) != 128)
		*ret = HEADER_WILD;
	else if (get_le64(record + HEADER_LAST) >= size / sector)
		*ret = HEADER_OUTSIDE;
	else
		*ret = HEADER_INTACT;
	return 0;
}

uint32_t verdict_gpt_sector(int fd, uint64_t size, uint32_t sector)
{
	const uint32_t guesses[] = { sector, 512, 4096 };
	unsigned char record[RECORD];

	for (size_t i = 0; i < ARRAY_SIZE(guesses); i++)
		if (read_sector(fd, size, guesses[i], record) == 0 &&
		    has_gpt_magic(record))
			return guesses[i];
	return sector;
}

static int judge_headers(enum header primary, enum header backup,
			 bool protective, char why[128])
{
	if (primary == HEADER_ABSENT && backup == HEADER_ABSENT) {
		snprintf(why, 128, protective ?
			 "GPT is damaged: its protective MBR is there, but "
			 "both headers are gone" : "no GPT");
		return protective ? -EBADMSG : -ENODEV;
	}
	if (!protective) {
		snprintf(why, 128,
			 "a GPT header, but no protective MBR before it");
		return -ENODEV;
	}
	if (primary == HEADER_WILD ||
	    (primary != HEADER_INTACT && backup == HEADER_WILD)) {
		snprintf(why, 128, "GPT has more than %u entries, or not of "
			 "128 bytes", PARTMAP_MAX_PARTS);
		return -EBADMSG;
	}
	if (primary == HEADER_OUTSIDE && backup != HEADER_INTACT) {
		snprintf(why, 128, "GPT is for a larger disk: this one seems "
			 "to be cut off");
		return -EBADMSG;
	}
	if (primary != HEADER_INTACT && backup != HEADER_INTACT) {
		snprintf(why, 128, "GPT is damaged: neither its primary nor "
			 "its backup header is intact");
		return -EBADMSG;
	}
	return 0;
}

int verdict_gpt(int fd, uint64_t size, uint32_t sector, char why[128])
{
	unsigned char record[RECORD];
	enum header primary, backup = HEADER_ABSENT;
	int r = read_sector(fd, size, 0, record);

	if (r == 0)
		r = read_header(fd, size, sector, sector, &primary);
	if (r == 0 && size / sector > 2)
		r = read_header(fd, size, (size / sector - 1) * sector, sector,
				&backup);
	if (r == -ENODEV)
		snprintf(why, 128, "too small for a GPT");
	if (r < 0)
		return r;
	return judge_headers(primary, backup, is_protective(record), why);
}

/* The first slot that links to another table; NULL: none. */
static const unsigned char *find_link(const unsigned char *record)
{
	for (int i = 0; i < N_SLOTS; i++) {
		const unsigned char *slot = slot_at(record, i);
		uint8_t type = slot[SLOT_TYPE];

		if (type == 0x05 || type == 0x0f || type == 0x85)
			return slot;
	}
	return NULL;
}

/* Whether the table makes sense in sectors of that size: nothing of it lies
   past the end, and the chain begins where it says. */
static bool table_fits(int fd, uint64_t size, uint32_t sector,
		       const unsigned char *table)
{
	const unsigned char *link = find_link(table);
	unsigned char record[RECORD];

	for (int i = 0; i < N_SLOTS; i++) {
		const unsigned char *slot = slot_at(table, i);
		uint64_t start = get_le32(slot + SLOT_START);
		uint64_t sectors = get_le32(slot + SLOT_SECTORS);

		if (slot[SLOT_TYPE] != 0 &&
		    !range_inside(start * sector, sectors * sector, size))
			return false;
	}
	return !link ||
	       (read_sector(fd, size, get_le32(link + SLOT_START) *
			    (uint64_t)sector, record) == 0 &&
		has_boot_magic(record));
}

/* Whether all of it begins at whole MiB, as it does where tools put it. */
static bool table_is_even(uint32_t sector, const unsigned char *table)
{
	for (int i = 0; i < N_SLOTS; i++) {
		const unsigned char *slot = slot_at(table, i);
		uint64_t start = get_le32(slot + SLOT_START);

		if (slot[SLOT_TYPE] != 0 && start * sector % MIB != 0)
			return false;
	}
	return true;
}

uint32_t verdict_mbr_sector(int fd, uint64_t size, uint32_t sector)
{
	unsigned char table[RECORD];
	struct stat st;

	/* A device's sectors are known, and the kernel counts in them too. */
	if (sector == 512 || (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode)))
		return sector;
	if (read_sector(fd, size, 0, table) < 0 ||
	    !table_fits(fd, size, 512, table))
		return sector;
	if (!table_fits(fd, size, sector, table))
		return 512;
	/* What begins at 1 MiB in small sectors would begin at 8 in large. */
	return table_is_even(512, table) ? 512 : sector;
}

static bool slots_overlap(const unsigned char *a, const unsigned char *b)
{
	uint64_t a_start = get_le32(a + SLOT_START);
	uint64_t b_start = get_le32(b + SLOT_START);

	return a[SLOT_TYPE] != 0 && b[SLOT_TYPE] != 0 &&
	       a_start < b_start + get_le32(b + SLOT_SECTORS) &&
	       b_start < a_start + get_le32(a + SLOT_SECTORS);
}

bool verdict_mbr_is_sure(int fd, uint64_t size, uint32_t sector)
{
	unsigned char table[RECORD];

	if (read_sector(fd, size, 0, table) < 0 ||
	    !table_fits(fd, size, sector, table))
		return false;
	for (int i = 0; i < N_SLOTS; i++) {
		const unsigned char *slot = slot_at(table, i);

		if ((slot[SLOT_FLAGS] & 0x7f) != 0 ||
		    (slot[SLOT_TYPE] != 0 && get_le32(slot + SLOT_START) == 0))
			return false;
		for (int k = 0; k < i; k++)
			if (slots_overlap(slot, slot_at(table, k)))
				return false;
	}
	return true;
}

/* A chain may come back on itself, or go on for ever. */
static int walk_chain(int fd, uint64_t size, uint32_t sector, uint64_t first,
		      char why[128])
{
	uint64_t seen[PARTMAP_MAX_PARTS], at = first;
	unsigned char record[RECORD];
	const unsigned char *link;

	for (size_t n = 0; n < ARRAY_SIZE(seen); n++) {
		int r = read_sector(fd, size, at * sector, record);

		if (r < 0 && r != -ENODEV)
			return r;
		if (r == -ENODEV || !has_boot_magic(record)) {
			snprintf(why, 128, "the chain of logical partitions "
				 "breaks off: there may have been more");
			return 0;
		}
		link = find_link(record);
		if (!link || get_le32(link + SLOT_START) == 0)
			return 0;
		seen[n] = at;
		at = first + get_le32(link + SLOT_START);
		for (size_t i = 0; i <= n; i++)
			if (seen[i] == at) {
				snprintf(why, 128, "MBR is damaged: its chain "
					 "of logical partitions is a loop");
				return -EBADMSG;
			}
	}
	snprintf(why, 128, "MBR is damaged: more than %u logical partitions",
		 PARTMAP_MAX_PARTS);
	return -EBADMSG;
}

int verdict_mbr(int fd, uint64_t size, uint32_t sector, char why[128])
{
	unsigned char record[RECORD];
	const unsigned char *link;
	int r = read_sector(fd, size, 0, record);

	if (r < 0 && r != -ENODEV)
		return r;
	if (r == -ENODEV || !has_boot_magic(record)) {
		snprintf(why, 128, "no MBR: no boot signature at 510");
		return -ENODEV;
	}
	if (is_protective(record)) {
		snprintf(why, 128, "the MBR only protects a GPT");
		return -ENODEV;
	}
	link = find_link(record);
	if (!link)
		return 0;
	return walk_chain(fd, size, sector, get_le32(link + SLOT_START), why);
}
