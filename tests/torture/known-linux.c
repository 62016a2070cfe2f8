/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known-linux.c - members of Linux's volume managers
 *
 * From the formats' own headers: LVM2 (format_text/layout.h), md (linux/raid/
 * md_p.h), OpenZFS (sys/uberblock_impl.h, sys/vdev_impl.h), bcache
 * (linux/bcache.h).
 */
#include "known-samples.h"

#define SECTOR 512u

/* LVM's CRC: polynomial 0xedb88320, its own start, not inverted. */
static uint32_t lvm_crc(const unsigned char *at, size_t len)
{
	uint32_t crc = 0xf597a6cf;

	while (len-- > 0) {
		crc ^= *at++;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static void make_lvm(unsigned char *data)
{
	unsigned char *label = data + SECTOR;

	memcpy(label, "LABELONE", 8);
	put_le64(label + 8, 1);
	put_le32(label + 20, 32);
	memcpy(label + 24, "LVM2 001", 8);
	memcpy(label + 32, "abcdefghijklmnopqrstuvwxyz012345", 32);
	put_le64(label + 64, SAMPLE_LEN);
	put_le64(label + 72, 1 << 20);
	put_le32(label + 16, lvm_crc(label + 20, SECTOR - 20));
}

/* A superblock of version 1 at @off. */
static void put_md(unsigned char *data, uint32_t off)
{
	unsigned char *super = data + off;
	uint64_t sum = 0;

	put_le32(super, 0xa92b4efc);
	put_le32(super + 4, 1);
	memcpy(super + 16, "0123456789abcdef", 16);
	memcpy(super + 32, "box:data", 8);
	put_le32(super + 72, 1);		/* RAID 1 */
	put_le64(super + 80, 4096);		/* sectors of a member */
	put_le32(super + 92, 2);		/* members */
	put_le64(super + 128, off ? 2048 : 4096);
	put_le64(super + 136, 4096);
	put_le64(super + 144, off / SECTOR);
	memcpy(super + 168, "fedcba9876543210", 16);
	put_le32(super + 220, 2);		/* roles that follow */
	put_le16(super + 258, 1);
	for (unsigned i = 0; i < 256 + 4; i += 4)
		sum += super[i] | (uint32_t)super[i + 1] << 8 |
		       (uint32_t)super[i + 2] << 16 |
		       (uint32_t)super[i + 3] << 24;
	put_le32(super + 216, (uint32_t)sum + (uint32_t)(sum >> 32));
}

static void make_md(unsigned char *data)
{
	put_md(data, 4096);
}

/* Version 1.0 is at the end. */
static void make_md_end(unsigned char *data)
{
	put_md(data, SAMPLE_LEN - 8192);
}

static void make_zfs(unsigned char *data)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned char *uber = data + (128u << 10) + i * 1024;

		put_le64(uber, 0x00bab10c);
		put_le64(uber + 8, 5000);	/* version: features */
		put_le64(uber + 16, 4 + i);	/* transaction group */
		put_le64(uber + 24, 0x1234);
	}
}

static void make_integrity(unsigned char *data)
{
	memcpy(data, "integrt", 8);
	data[8] = 1;
}

const struct sample samples_linux[] = {
	{ "lvm", make_lvm },
	{ "md", make_md },
	{ "md-end", make_md_end },
	{ "zfs", make_zfs },
	{ "integrity", make_integrity },
	{ NULL },
};
