/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known-apple.c - APFS containers with and without FileVault, Core Storage
 *
 * From the "Apple File System Reference" and libfvde's documentation.
 */
#include "known-samples.h"

#define BLOCK APFS_BLOCK
#define OBJECTS_XID 5
#define NEWEST_AT 2		/* block of the newest superblock */
#define MAP_AT 10
#define TREE_AT 11
#define LEAF_AT 12		/* of the deep tree */
#define VOLUME_AT 20
#define VOLUME_OBJECT 1026

static uint32_t word(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

void apfs_seal(unsigned char *block)
{
	uint64_t low = 0, high = 0, first, second;

	for (uint32_t i = 8; i < BLOCK; i += 4) {
		low += word(block + i);
		high += low % 0xffffffffu;
	}
	first = 0xffffffffu - (low + high) % 0xffffffffu;
	second = 0xffffffffu - (low + first) % 0xffffffffu;
	put_le32(block, (uint32_t)first);
	put_le32(block + 4, (uint32_t)second);
}

static unsigned char *put_object(unsigned char *data, uint32_t at,
				 uint64_t number, uint32_t type)
{
	unsigned char *block = data + at * BLOCK;

	put_le64(block + 8, number);
	put_le64(block + 16, OBJECTS_XID);
	put_le32(block + 24, type);
	return block;
}

/* @xid: the newest has the highest. */
static void put_container(unsigned char *data, uint32_t at, uint64_t xid,
			  uint64_t map)
{
	unsigned char *super = put_object(data, at, 1, 0x80000001);

	put_le64(super + 16, xid);
	memcpy(super + 32, "NXSB", 4);
	put_le32(super + 36, BLOCK);
	put_le64(super + 40, SAMPLE_LEN / BLOCK);
	memcpy(super + 72, "0123456789abcdef", 16);
	put_le32(super + 104, 4);		/* checkpoints, from block 1 */
	put_le64(super + 112, 1);
	put_le64(super + 160, map);
	put_le32(super + 180, 1);
	put_le64(super + 184, VOLUME_OBJECT);
	apfs_seal(super);
}

/* A node with one entry that leads from the volume to @value. */
static void put_node(unsigned char *data, uint32_t at, unsigned level,
		     int root, uint64_t value)
{
	unsigned char *node = put_object(data, at, at, root ? 0x40000002 :
					 0x40000003);
	unsigned char *end = node + BLOCK - (root ? 40 : 0);
	unsigned back = level ? 8 : 16;

	put_le16(node + 32, (uint16_t)((root ? 1 : 0) | (level ? 0 : 2) | 4));
	put_le16(node + 34, (uint16_t)level);
	put_le32(node + 36, 1);
	put_le16(node + 42, 64);		/* the table's length */
	put_le16(node + 56 + 2, (uint16_t)back);
	put_le64(node + 56 + 64, VOLUME_OBJECT);
	put_le64(node + 56 + 64 + 8, OBJECTS_XID);
	if (level == 0)
		put_le32(end - back + 4, BLOCK);
	put_le64(end - 8, value);
	apfs_seal(node);
}

static void put_volume(unsigned char *data, int encrypted)
{
	unsigned char *map = put_object(data, MAP_AT, MAP_AT, 0x4000000b);
	unsigned char *volume = put_object(data, VOLUME_AT, VOLUME_OBJECT, 13);

	put_le64(map + 48, TREE_AT);
	apfs_seal(map);
	memcpy(volume + 32, "APSB", 4);
	put_le64(volume + 264, encrypted ? 8 : 1);
	apfs_seal(volume);
}

static void make_apfs(unsigned char *data)
{
	put_container(data, 0, 5, MAP_AT);
	put_node(data, TREE_AT, 0, 1, VOLUME_AT);
	put_volume(data, 0);
}

static void make_filevault(unsigned char *data)
{
	make_apfs(data);
	put_volume(data, 1);
}

/* Block 0 is of an older checkpoint, whose map is gone. */
static void make_filevault_newer(unsigned char *data)
{
	make_filevault(data);
	put_container(data, 0, 3, 9);
	put_container(data, NEWEST_AT, 5, MAP_AT);
}

/* The map has two levels. */
static void make_filevault_deep(unsigned char *data)
{
	make_filevault(data);
	memset(data + TREE_AT * BLOCK, 0, BLOCK);
	put_node(data, TREE_AT, 1, 1, LEAF_AT);
	put_node(data, LEAF_AT, 0, 0, VOLUME_AT);
}

static void make_core_storage(unsigned char *data)
{
	put_le16(data + 8, 1);
	put_le16(data + 10, 0x10);
	put_le64(data + 64, SAMPLE_LEN);
	memcpy(data + 88, "CS", 2);
	put_le32(data + 96, 4096);
}

const struct sample samples_apple[] = {
	{ "apfs", make_apfs },
	{ "apfs-filevault", make_filevault },
	{ "apfs-filevault-newer", make_filevault_newer },
	{ "apfs-filevault-deep", make_filevault_deep },
	{ "core-storage", make_core_storage },
	{ NULL },
};
