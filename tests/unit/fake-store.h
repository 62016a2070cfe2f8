/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-store.h - a store in memory that counts, fails and can be held up
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

struct fake_store {
	struct store store;		/* first */
	unsigned char *bytes;
	pthread_mutex_t lock;		/* guards bytes */
	_Atomic int fail;		/* what data calls return, if not 0 */
	_Atomic int fail_write;
	_Atomic int fail_flush;		/* once; counts as lost */
	_Atomic int fail_access;	/* upwards */
	_Atomic uint64_t lost;
	_Atomic unsigned reads, writes, durable, flushes, zeros, discards;
	_Atomic unsigned bad_flags;	/* writes with another than DURABLE */
	_Atomic uint64_t discard_len, discard_off;
	_Atomic uint64_t map_hole, map_data;	/* its one hole: where it
						   begins and ends */
	_Atomic uint64_t bad;		/* reads of that byte are -EIO; 0: none */
	atomic_bool hold, hold_writes;	/* reads, writes and zeros wait while
					   these are set */
	_Atomic unsigned held;
	int users[3];
	char trace[128];		/* levels, 'a' to 'c' as they are set */
};

static inline struct fake_store *fake_of(struct store *store)
{
	return (struct fake_store *)store;
}

static inline void fake_wait(struct fake_store *fake, const atomic_bool *hold)
{
	fake->held++;
	while (*hold)
		sched_yield();
	fake->held--;
}

static inline int fake_read(struct store *store, void *buf, size_t len,
			    uint64_t off)
{
	struct fake_store *fake = fake_of(store);

	fake->reads++;
	fake_wait(fake, &fake->hold);
	if (fake->fail)
		return fake->fail;
	if (fake->bad != 0 && fake->bad >= off && fake->bad - off < len)
		return -EIO;
	pthread_mutex_lock(&fake->lock);
	memcpy(buf, fake->bytes + off, len);
	pthread_mutex_unlock(&fake->lock);
	sched_yield();		/* opens the window between read and write */
	return 0;
}

static inline int fake_write(struct store *store, const void *buf, size_t len,
			     uint64_t off, unsigned flags)
{
	struct fake_store *fake = fake_of(store);

	fake->writes++;
	fake->durable += flags & FILTER_DURABLE ? 1 : 0;
	fake->bad_flags += flags & ~(unsigned)FILTER_DURABLE ? 1 : 0;
	fake_wait(fake, &fake->hold_writes);
	if (fake->fail || fake->fail_write)
		return fake->fail ? fake->fail : fake->fail_write;
	pthread_mutex_lock(&fake->lock);
	memcpy(fake->bytes + off, buf, len);
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static inline int fake_flush(struct store *store)
{
	struct fake_store *fake = fake_of(store);
	int r = atomic_exchange(&fake->fail_flush, 0);

	fake->flushes++;
	if (r < 0)
		fake->lost++;
	return r;
}

static inline int fake_zero(struct store *store, uint64_t len, uint64_t off,
			    unsigned flags)
{
	struct fake_store *fake = fake_of(store);

	fake->zeros++;
	fake->durable += flags & FILTER_DURABLE ? 1 : 0;
	fake_wait(fake, &fake->hold_writes);
	if (fake->fail)
		return fake->fail;
	pthread_mutex_lock(&fake->lock);
	memset(fake->bytes + off, 0, len);
	pthread_mutex_unlock(&fake->lock);
	return 0;
}

static inline int fake_discard(struct store *store, uint64_t len,
			       uint64_t off)
{
	struct fake_store *fake = fake_of(store);

	fake->discards++;
	fake->discard_len = len;
	fake->discard_off = off;
	return fake->fail;
}

static inline int fake_map(struct store *store, uint64_t off, uint64_t *len,
			   unsigned *ret_what)
{
	struct fake_store *fake = fake_of(store);

	*ret_what = 0;
	if (off < fake->map_hole) {
		*len = MIN(*len, fake->map_hole - off);
	} else if (off < fake->map_data) {
		*len = MIN(*len, fake->map_data - off);
		*ret_what = FILTER_HOLE | FILTER_ZERO;
	}
	return fake->fail;
}

static inline uint64_t fake_lost(struct store *store)
{
	return fake_of(store)->lost;
}

static inline int fake_access(struct store *store, int from, int to)
{
	struct fake_store *fake = fake_of(store);
	size_t n = strlen(fake->trace);

	if (to > from && fake->fail_access)
		return fake->fail_access;
	fake->users[from]--;
	fake->users[to]++;
	if (n + 1 < sizeof(fake->trace))
		fake->trace[n] = (char)('a' + to);
	return 0;
}

static inline uint64_t fake_allocated(struct store *store)
{
	return store->medium.size -
	       (fake_of(store)->map_data - fake_of(store)->map_hole);
}

static const struct store_ops fake_ops = {
	fake_read, fake_write, fake_flush, fake_zero, fake_discard, fake_map,
	fake_lost, fake_access, fake_allocated,
};

/* Byte @i of a new fake store. */
static inline unsigned char fake_byte(uint64_t i)
{
	return (unsigned char)(i * 7 + i / 251 + 1);
}

static inline struct fake_store *fake_new(uint64_t size, uint32_t granule)
{
	struct fake_store *fake = calloc(1, sizeof(*fake));

	if (!fake)
		abort();
	fake->bytes = malloc(size);
	if (!fake->bytes)
		abort();
	for (uint64_t i = 0; i < size; i++)
		fake->bytes[i] = fake_byte(i);
	pthread_mutex_init(&fake->lock, NULL);
	fake->store.ops = &fake_ops;
	fake->store.medium = (struct filter_medium){
		.size = size, .granule = granule, .writable = true,
		.discards = true,
	};
	fake->store.frees = true;
	fake->map_hole = fake->map_data = size;
	return fake;
}

static inline void fake_free(struct fake_store *fake)
{
	pthread_mutex_destroy(&fake->lock);
	free(fake->bytes);
	free(fake);
}

#endif /* FAKE_STORE_H */
