/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apfs.c - see apfs.h
 *
 * Apple's "Apple File System Reference" (2020): the container's superblock
 * names its volumes by object numbers, which an object map, a B-tree, turns
 * into blocks.  The superblock in block 0 may be an old one; the newest is in
 * the checkpoint area that it names.  All counts are bounded here, so that no
 * medium keeps the parser busy.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "apfs.h"
#include "bytes.h"
#include "cleanup.h"
#include "known.h"
#include "util.h"

#define BLOCK_MIN	4096u
#define BLOCK_MAX	65536u
#define CHECKPOINTS	1024u	/* blocks that are looked into */
#define VOLUMES		100u	/* of a container: NX_MAX_FILE_SYSTEMS */
#define LEVELS		8u	/* of a tree */

/* Every object: checksum, number, transaction, type and subtype. */
#define OBJECT_XID	16
#define OBJECT_TYPE	24
#define OBJECT_HEADER	32u
#define TYPE_SUPERBLOCK	1u

/* The container's superblock. */
#define NX_BLOCK_SIZE	36
#define NX_CHECKPOINTS	104	/* their number; the top bit: in a tree */
#define NX_CHECKPOINT_BASE 112
#define NX_OBJECT_MAP	160
#define NX_VOLUMES	184

#define OMAP_TREE	48

/* A node of a tree whose entries have fixed lengths. */
#define NODE_FLAGS	32
#define NODE_LEVEL	34
#define NODE_KEYS	36
#define NODE_TABLE	40	/* where, how long */
#define NODE_DATA	56u
#define NODE_ROOT	1u
#define ROOT_INFO	40u	/* at the end of a root */
#define OMAP_KEY	16u	/* object, transaction */
#define OMAP_VALUE	16u	/* flags, length, block */

/* A volume's superblock. */
#define VOLUME_FLAGS	264
#define UNENCRYPTED	1u

struct container {
	const struct known_medium *medium;
	uint32_t block;			/* bytes */
	unsigned char *super;		/* the newest superblock */
	unsigned char *at;		/* the block that was read last */
};

static void container_clear(struct container *container)
{
	free(container->super);
	free(container->at);
}

/* Fletcher's checksum, as the Reference's chapter on objects has it. */
static bool is_whole(const unsigned char *object, uint32_t len)
{
	uint64_t low = 0, high = 0;

	for (uint32_t i = 8; i < len; i += 4) {
		low = (low + get_le32(object + i)) % 0xffffffffu;
		high = (high + low) % 0xffffffffu;
	}
	high = 0xffffffffu - (low + high) % 0xffffffffu;
	low = 0xffffffffu - (low + high) % 0xffffffffu;
	return get_le64(object) == (low << 32 | high);
}

static int read_block(struct container *c, uint64_t number)
{
	uint64_t off;
	int r;

	if (mul_overflow(number, (uint64_t)c->block, &off))
		return -EIO;
	r = known_read(c->medium, c->at, c->block, off);
	if (r < 0)
		return r;
	return is_whole(c->at, c->block) ? 0 : -EBADMSG;
}

static bool is_superblock(const struct container *c)
{
	return (get_le32(c->at + OBJECT_TYPE) & 0xffff) == TYPE_SUPERBLOCK &&
	       memcmp(c->at + OBJECT_HEADER, "NXSB", 4) == 0;
}

/* Finds the newest superblock; that of block 0 will do where there is none. */
static void find_newest(struct container *c)
{
	uint32_t n = get_le32(c->super + NX_CHECKPOINTS);
	uint64_t base = get_le64(c->super + NX_CHECKPOINT_BASE);

	if (n > CHECKPOINTS)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (read_block(c, base + i) < 0 || !is_superblock(c) ||
		    get_le64(c->at + OBJECT_XID) <=
		    get_le64(c->super + OBJECT_XID))
			continue;
		memcpy(c->super, c->at, c->block);
	}
}

static int open_container(struct container *c)
{
	unsigned char head[64];
	int r = known_read(c->medium, head, sizeof(head), 0);

	if (r < 0)
		return r;
	c->block = get_le32(head + NX_BLOCK_SIZE);
	if (!is_power_of_two(c->block) || c->block < BLOCK_MIN ||
	    c->block > BLOCK_MAX)
		return -EBADMSG;
	c->super = malloc(c->block);
	c->at = malloc(c->block);
	if (!c->super || !c->at)
		return -ENOMEM;
	r = known_read(c->medium, c->super, c->block, 0);
	if (r == 0)
		find_newest(c);
	return r;
}

/* Where the key and the value of entry @i of the node in c->at are; false if
   that is not in the node. */
static bool find_entry(const struct container *c, uint32_t i, size_t value_len,
		       const unsigned char **ret_key,
		       const unsigned char **ret_value)
{
	const unsigned char *node = c->at;
	size_t end = c->block;
	size_t table = NODE_DATA + get_le16(node + NODE_TABLE);
	size_t keys = table + get_le16(node + NODE_TABLE + 2);
	size_t entry = table + (size_t)i * 4, key, back;

	if (get_le16(node + NODE_FLAGS) & NODE_ROOT)
		end -= ROOT_INFO;
	if (entry + 4 > end)
		return false;
	key = keys + get_le16(node + entry);
	back = get_le16(node + entry + 2);
	if (key + OMAP_KEY > end || back > end || back < value_len)
		return false;
	*ret_key = node + key;
	*ret_value = node + end - back;
	return true;
}

/* The last entry of the node whose key is not behind @object; keys are
   sorted, and of one object the newest comes last.  NULL: there is none. */
static const unsigned char *search(const struct container *c, uint64_t object,
				   size_t value_len)
{
	uint32_t n = MIN(get_le32(c->at + NODE_KEYS), c->block / 4);
	bool leaf = get_le16(c->at + NODE_LEVEL) == 0;
	const unsigned char *key, *value, *found = NULL;

	for (uint32_t i = 0; i < n; i++) {
		if (!find_entry(c, i, value_len, &key, &value) ||
		    get_le64(key) > object)
			break;
		if (!leaf || get_le64(key) == object)
			found = value;
	}
	return found;
}

/* Reads the object of that number into c->at. */
static int read_object(struct container *c, uint64_t object)
{
	int r = read_block(c, get_le64(c->super + NX_OBJECT_MAP));
	uint64_t next = 0;

	if (r == 0)
		next = get_le64(c->at + OMAP_TREE);
	for (unsigned i = 0; r == 0 && i < LEVELS; i++) {
		const unsigned char *value;
		bool leaf;

		r = read_block(c, next);
		if (r < 0)
			return r;
		leaf = get_le16(c->at + NODE_LEVEL) == 0;
		value = search(c, object, leaf ? OMAP_VALUE : 8);
		if (!value)
			return -ENOENT;
		next = get_le64(leaf ? value + 8 : value);
		if (leaf)
			return read_block(c, next);
	}
	return r < 0 ? r : -EBADMSG;
}

static bool is_encrypted(struct container *c, uint64_t volume)
{
	return read_object(c, volume) == 0 &&
	       memcmp(c->at + OBJECT_HEADER, "APSB", 4) == 0 &&
	       !(get_le64(c->at + VOLUME_FLAGS) & UNENCRYPTED);
}

const char *apfs_look(const struct known_medium *medium)
{
	_cleanup_(container_clear) struct container c = { .medium = medium };

	if (open_container(&c) < 0)
		return "";
	for (unsigned i = 0; i < VOLUMES; i++) {
		uint64_t volume = get_le64(c.super + NX_VOLUMES + i * 8);

		if (volume != 0 && is_encrypted(&c, volume))
			return "apfs-filevault";
	}
	return "";
}
