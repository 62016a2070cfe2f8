/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known-windows.c - BitLocker volumes with each kind of protector, dynamic
 * disks, Storage Spaces
 *
 * From libbde's documentation of the format, and the Linux-NTFS project's of
 * LDM; a pool's first bytes are as on disks that Windows made.
 */
#include "known-samples.h"

#define COPIES 3

static const unsigned char encrypted[16] = {
	0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a,
	0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01,
};
static const unsigned char on_write[16] = {
	0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd, 0x0e, 0x4d,
	0x9e, 0x4e, 0xb1, 0xe3, 0x28, 0x4e, 0xae, 0xd8,
};

static void put_boot_sector(unsigned char *data, const unsigned char *guid)
{
	memcpy(data, "\xeb\x58\x90-FVE-FS-", 11);
	put_le16(data + 11, 512);
	data[13] = 8;
	memcpy(data + 160, guid, 16);
	for (unsigned i = 0; i < COPIES; i++)
		put_le64(data + 176 + i * 8, BITLOCKER_COPY(i));
	data[510] = 0x55;
	data[511] = 0xaa;
}

/* An entry of @len bytes; returns what follows it. */
static unsigned char *put_entry(unsigned char *at, uint16_t len, uint16_t type,
				uint16_t value)
{
	put_le16(at, len);
	put_le16(at + 2, type);
	put_le16(at + 4, value);
	put_le16(at + 6, 1);
	return at + len;
}

/* @protections end with @n. */
static void put_copy(unsigned char *copy, const uint16_t *protections,
		     unsigned n)
{
	unsigned char *at = copy + 112;

	memcpy(copy, "-FVE-FS-", 8);
	put_le16(copy + 8, 0x39);
	put_le16(copy + 10, 2);
	put_le16(copy + 12, 4);
	put_le16(copy + 14, 4);
	put_le64(copy + 16, SAMPLE_LEN);
	for (unsigned i = 0; i < COPIES; i++)
		put_le64(copy + 32 + i * 8, BITLOCKER_COPY(i));
	put_le32(copy + 68, 1);
	put_le32(copy + 72, 48);
	put_le16(copy + 100, 0x8004);		/* AES-XTS, 128 bits */
	at = put_entry(at, 24, 7, 2);		/* a description */
	for (unsigned i = 0; i < n; i++) {
		put_le16(at + 34, protections[i]);
		at = put_entry(at, 80, 2, 8);
	}
	at = put_entry(at, 52, 3, 5);		/* the volume's key */
	put_le32(copy + 64, (uint32_t)(at - copy) - 64);
	put_le32(copy + 76, (uint32_t)(at - copy) - 64);
}

static void put_bitlocker(unsigned char *data, const uint16_t *protections,
			  unsigned n)
{
	put_boot_sector(data, encrypted);
	for (unsigned i = 0; i < COPIES; i++)
		put_copy(data + BITLOCKER_COPY(i), protections, n);
}

static void make_password(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x2000, 0x0800 }, 2);
}

static void make_recovery(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x0100, 0x0800 }, 2);
}

static void make_tpm(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x0100, 0x0500 }, 2);
}

/* TPM and startup key: both are needed. */
static void make_tpm_startup(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x0300 }, 1);
}

static void make_startup(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x0200, 0x0100 }, 2);
}

static void make_certificate(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x1000 }, 1);
}

static void make_suspended(unsigned char *data)
{
	put_bitlocker(data, (uint16_t[]){ 0x0100, 0x0000 }, 2);
}

static void make_converting(unsigned char *data)
{
	make_password(data);
	for (unsigned i = 0; i < COPIES; i++)
		put_le16(data + BITLOCKER_COPY(i) + 12, 5);
}

static void make_on_write(unsigned char *data)
{
	make_password(data);
	memcpy(data + 160, on_write, 16);
}

/* An MBR with one partition over all, as Windows makes it of a dynamic disk,
   and the private header. */
static void make_ldm(unsigned char *data)
{
	unsigned char *entry = data + 446;

	entry[4] = 0x42;
	put_le32(entry + 8, 63);
	put_le32(entry + 12, SAMPLE_LEN / 512 - 63 - 2048);
	data[510] = 0x55;
	data[511] = 0xaa;
	memcpy(data + 6 * 512, "PRIVHEAD", 8);
	memcpy(data + 6 * 512 + 8, "\0\0\0\0\0\2\0\13", 8);
}

static void make_ldm_bare(unsigned char *data)
{
	make_ldm(data);
	memset(data, 0, 512);
}

static void make_spaces(unsigned char *data)
{
	memcpy(data, "SPACEDB ", 8);
	put_le16(data + 8, 2);
	put_le16(data + 10, 64);
	memcpy(data + 4096, "SDBC    ", 8);
}

const struct sample samples_windows[] = {
	{ "bitlocker", make_password },
	{ "bitlocker-recovery", make_recovery },
	{ "bitlocker-tpm", make_tpm },
	{ "bitlocker-tpm-startup", make_tpm_startup },
	{ "bitlocker-startup-key", make_startup },
	{ "bitlocker-certificate", make_certificate },
	{ "bitlocker-suspended", make_suspended },
	{ "bitlocker-converting", make_converting },
	{ "bitlocker-on-write", make_on_write },
	{ "ldm", make_ldm },
	{ "ldm-bare", make_ldm_bare },
	{ "storage-spaces", make_spaces },
	{ NULL },
};
