/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.h - a store in memory, for tests of what stands on one
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdlib.h>
#include <string.h>

#include "store.h"

struct memory {
	struct store store;	/* first */
	unsigned char *bytes;
	int error;		/* what reads return, if not 0 */
	int flush_error;	/* what the next flush returns, and no other */
	int level;		/* of its users together */
	unsigned flushes;
};

static inline int memory_read(struct store *store, void *buf, size_t len,
			      uint64_t off)
{
	struct memory *memory = (struct memory *)store;

	if (memory->error == 0)
		memcpy(buf, memory->bytes + off, len);
	return memory->error;
}

static inline int memory_write(struct store *store, const void *buf,
			       size_t len, uint64_t off, unsigned flags)
{
	(void)flags;
	memcpy(((struct memory *)store)->bytes + off, buf, len);
	return 0;
}

static inline int memory_flush(struct store *store)
{
	struct memory *memory = (struct memory *)store;
	int r = memory->flush_error;

	memory->flush_error = 0;
	memory->flushes++;
	return r;
}

static inline int memory_zero(struct store *store, uint64_t len, uint64_t off,
			      unsigned flags)
{
	(void)flags;
	memset(((struct memory *)store)->bytes + off, 0, len);
	return 0;
}

static inline int memory_discard(struct store *store, uint64_t len,
				 uint64_t off)
{
	(void)store;
	(void)len;
	(void)off;
	return 0;
}

static inline int memory_map(struct store *store, uint64_t off, uint64_t *len,
			     unsigned *ret_what)
{
	(void)store;
	(void)off;
	(void)len;
	*ret_what = 0;
	return 0;
}

static inline uint64_t memory_lost(struct store *store)
{
	(void)store;
	return 0;
}

static inline int memory_access(struct store *store, int from, int to)
{
	((struct memory *)store)->level += to - from;
	return 0;
}

static inline uint64_t memory_allocated(struct store *store)
{
	return store->medium.size;
}

static const struct store_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.flush = memory_flush,
	.zero = memory_zero,
	.discard = memory_discard,
	.map = memory_map,
	.lost = memory_lost,
	.access = memory_access,
	.allocated = memory_allocated,
};

/* @size zeros, writable and whole, in granules of 512 bytes. */
static inline void memory_open(struct memory *memory, size_t size)
{
	*memory = (struct memory){
		.store = {
			.ops = &memory_ops,
			.medium = { .size = size, .granule = 512,
				    .writable = true, .whole = true },
		},
		.bytes = calloc(1, size),
	};
	if (!memory->bytes)
		abort();
}

static inline void memory_close(struct memory *memory)
{
	free(memory->bytes);
}

#endif /* MEMORY_H */
