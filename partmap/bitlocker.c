/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bitlocker.c - see bitlocker.h
 *
 * The format is that of libbde's documentation, "BitLocker Drive Encryption
 * (BDE) format": a boot sector that names three copies of the metadata, each a
 * header and a list of entries; an entry of type 2 is the volume's master key
 * as one protector keeps it.
 */
#include <stdbool.h>
#include <string.h>

#include "bitlocker.h"
#include "bytes.h"
#include "known.h"
#include "util.h"

#define SIGNATURE	"-FVE-FS-"
#define COPIES		3
#define COPY_MAX	65536u	/* bytes of one */
#define HEADERS		112u	/* of the block, 64, and of the list, 48 */
#define BLOCK_HEADER	64u

#define STATE_ENCRYPTED	4	/* nothing is under way */

/* Of an entry. */
#define ENTRY_HEADER	8u
#define ENTRY_MASTER_KEY 2
#define PROTECTION	34u	/* where such an entry has it */

/* Bits of a protection; several where all of them are needed. */
enum {
	TPM = 0x0100,
	STARTUP_KEY = 0x0200,
	RECOVERY = 0x0800,
	PASSWORD = 0x2000,
	CLEAR = 1 << 16,		/* ours, for 0 */
};

/* The identifier of a volume that Windows encrypts as it is written. */
static const unsigned char on_write[16] = {
	0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd, 0x0e, 0x4d,
	0x9e, 0x4e, 0xb1, 0xe3, 0x28, 0x4e, 0xae, 0xd8,
};

/* Where the boot sector has that identifier; the places of the metadata come
   behind it.  0: a volume of Vista's, which is laid out otherwise. */
static unsigned place_of_identifier(const unsigned char sector[512])
{
	if (memcmp(sector + 3, "MSWIN4.1", 8) == 0)
		return 424;
	return memcmp(sector, "\xeb\x52\x90", 3) == 0 ? 0 : 160;
}

/* What one protector alone asks for.  With a TPM, whatever else it wants, the
   volume opens in its own computer only. */
static unsigned kind_of(unsigned protection)
{
	if (protection == 0)
		return CLEAR;
	return protection & TPM ? TPM : protection;
}

/* The kinds of all protectors in @len bytes of entries. */
static unsigned read_entries(const unsigned char *at, size_t len)
{
	unsigned kinds = 0;

	while (len >= ENTRY_HEADER) {
		size_t size = get_le16(at);

		if (size < ENTRY_HEADER || size > len)
			break;
		if (get_le16(at + 2) == ENTRY_MASTER_KEY &&
		    size >= PROTECTION + 2)
			kinds |= kind_of(get_le16(at + PROTECTION));
		at += size;
		len -= size;
	}
	return kinds;
}

static bool is_copy(const unsigned char *head)
{
	size_t list = get_le32(head + BLOCK_HEADER);

	return memcmp(head, SIGNATURE, 8) == 0 && get_le16(head + 10) == 2 &&
	       list >= HEADERS - BLOCK_HEADER &&
	       list <= COPY_MAX - BLOCK_HEADER;
}

/* Reads the first copy that is one into @copy; returns the bytes of its
   entries, or -1. */
static long read_copy(const struct known_medium *medium,
		      const unsigned char *places, unsigned char *copy)
{
	for (unsigned i = 0; i < COPIES; i++) {
		uint64_t off = get_le64(places + i * 8);
		size_t len;

		if (off == 0 || known_read(medium, copy, HEADERS, off) < 0 ||
		    !is_copy(copy))
			continue;
		len = get_le32(copy + BLOCK_HEADER) - (HEADERS - BLOCK_HEADER);
		if (known_read(medium, copy + HEADERS, len,
			       off + HEADERS) == 0)
			return (long)len;
	}
	return -1;
}

/* The easiest way in for somebody without that computer comes first. */
static const char *id_of(unsigned kinds)
{
	if (kinds & CLEAR)
		return "bitlocker-suspended";
	if (kinds & PASSWORD)
		return "bitlocker";
	if (kinds & RECOVERY)
		return "bitlocker-recovery";
	if (kinds & STARTUP_KEY)
		return "bitlocker-startup-key";
	if (kinds & TPM)
		return "bitlocker-tpm";
	return kinds ? "bitlocker-certificate" : "bitlocker-damaged";
}

const char *bitlocker_look(const struct known_medium *medium)
{
	unsigned char sector[512], copy[COPY_MAX];
	const unsigned char *identifier;
	long len;

	if (known_read(medium, sector, sizeof(sector), 0) < 0)
		return "bitlocker-damaged";
	if (place_of_identifier(sector) == 0)
		return "bitlocker";
	identifier = sector + place_of_identifier(sector);
	len = read_copy(medium, identifier + 16, copy);
	if (len < 0)
		return "bitlocker-damaged";
	if (memcmp(identifier, on_write, sizeof(on_write)) == 0 ||
	    get_le16(copy + 12) != STATE_ENCRYPTED ||
	    get_le16(copy + 14) != STATE_ENCRYPTED)
		return "bitlocker-converting";
	return id_of(read_entries(copy + HEADERS, (size_t)len));
}
