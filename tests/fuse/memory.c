/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.c - see memory.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

static struct memory *memory_of(struct store *store)
{
	return (struct memory *)store;
}

static void enter(struct memory *memory)
{
	unsigned now = atomic_fetch_add(&memory->inside, 1) + 1;
	unsigned most = atomic_load(&memory->most);

	while (now > most &&
	       !atomic_compare_exchange_weak(&memory->most, &most, now))
		;
}

static int leave(struct memory *memory, int r)
{
	atomic_fetch_sub(&memory->inside, 1);
	return r;
}

static void mark(struct memory *memory, uint64_t len, uint64_t off, bool used)
{
	uint32_t granule = memory->store.medium.granule;

	memset(memory->used + off / granule, used, len / granule);
}

static int memory_read(struct store *store, void *buf, size_t len,
		       uint64_t off)
{
	struct memory *memory = memory_of(store);
	int r = atomic_load(&memory->fail_reads);

	enter(memory);
	atomic_fetch_add(&memory->reads, 1);
	pthread_mutex_lock(&memory->lock);
	while (memory->hung)
		pthread_cond_wait(&memory->changed, &memory->lock);
	if (r == 0)
		memcpy(buf, memory->bytes + off, len);
	pthread_mutex_unlock(&memory->lock);
	return leave(memory, r);
}

static int memory_write(struct store *store, const void *buf, size_t len,
			uint64_t off, unsigned flags)
{
	struct memory *memory = memory_of(store);
	int r = atomic_load(&memory->fail_writes);

	enter(memory);
	atomic_fetch_add(&memory->writes, 1);
	if (flags & FILTER_DURABLE)
		atomic_fetch_add(&memory->durable, 1);
	if (((uintptr_t)buf & 4095) == 0)
		atomic_fetch_add(&memory->aligned, 1);
	if (r < 0)
		return leave(memory, r);
	pthread_mutex_lock(&memory->lock);
	while (memory->writes_hung)
		pthread_cond_wait(&memory->changed, &memory->lock);
	if (memory->torn) {
		len /= 2;
		r = -EIO;
	}
	memcpy(memory->bytes + off, buf, len);
	mark(memory, len, off, true);
	pthread_mutex_unlock(&memory->lock);
	return leave(memory, r);
}

static int memory_flush(struct store *store)
{
	struct memory *memory = memory_of(store);
	unsigned left = atomic_load(&memory->fail_flushes);

	atomic_fetch_add(&memory->flushing, 1);
	pthread_mutex_lock(&memory->lock);
	while (memory->flushes_hung)
		pthread_cond_wait(&memory->changed, &memory->lock);
	pthread_mutex_unlock(&memory->lock);
	atomic_fetch_sub(&memory->flushing, 1);
	while (left > 0)
		if (atomic_compare_exchange_weak(&memory->fail_flushes, &left,
						 left - 1)) {
			atomic_fetch_add(&memory->lost, 1);
			return -EIO;
		}
	atomic_fetch_add(&memory->flushes, 1);
	return 0;
}

static int memory_zero(struct store *store, uint64_t len, uint64_t off,
		       unsigned flags)
{
	struct memory *memory = memory_of(store);

	atomic_fetch_add(&memory->zeros, 1);
	if (flags & FILTER_FREE)
		atomic_fetch_add(&memory->freed, 1);
	pthread_mutex_lock(&memory->lock);
	memset(memory->bytes + off, 0, len);
	mark(memory, len, off, !(flags & FILTER_FREE));
	pthread_mutex_unlock(&memory->lock);
	return 0;
}

static int memory_discard(struct store *store, uint64_t len, uint64_t off)
{
	return memory_zero(store, len, off, FILTER_FREE);
}

static int memory_map(struct store *store, uint64_t off, uint64_t *len,
		      unsigned *ret_what)
{
	struct memory *memory = memory_of(store);
	uint32_t granule = store->medium.granule;
	uint64_t first = off / granule, end = (off + *len) / granule, i;

	pthread_mutex_lock(&memory->lock);
	for (i = first; i < end && memory->used[i] == memory->used[first]; i++)
		;
	*ret_what = memory->used[first] ? 0 : FILTER_HOLE | FILTER_ZERO;
	pthread_mutex_unlock(&memory->lock);
	*len = (i - first) * granule;
	return 0;
}

static uint64_t memory_lost(struct store *store)
{
	return atomic_load(&memory_of(store)->lost);
}

static int memory_access(struct store *store, int from, int to)
{
	struct memory *memory = memory_of(store);
	int r = atomic_load(&memory->fail_access);

	if (r < 0 && to > from)
		return r;
	atomic_store(&memory->level, to);
	return 0;
}

static uint64_t memory_allocated(struct store *store)
{
	struct memory *memory = memory_of(store);
	uint64_t granules = store->medium.size / store->medium.granule, n = 0;

	pthread_mutex_lock(&memory->lock);
	for (uint64_t i = 0; i < granules; i++)
		n += memory->used[i];
	pthread_mutex_unlock(&memory->lock);
	return n * store->medium.granule;
}

static const struct store_ops memory_ops = {
	.read		= memory_read,
	.write		= memory_write,
	.flush		= memory_flush,
	.zero		= memory_zero,
	.discard	= memory_discard,
	.map		= memory_map,
	.lost		= memory_lost,
	.access		= memory_access,
	.allocated	= memory_allocated,
};

struct memory *memory_new(uint64_t size, uint32_t granule, bool writable)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		abort();
	memory->store.ops = &memory_ops;
	memory->store.medium.size = size;
	memory->store.medium.granule = granule;
	memory->store.medium.writable = writable;
	memory->store.frees = true;
	memory->bytes = calloc(1, size);
	memory->used = calloc(1, size / granule);
	if (!memory->bytes || !memory->used)
		abort();
	pthread_mutex_init(&memory->lock, NULL);
	pthread_cond_init(&memory->changed, NULL);
	return memory;
}

void memory_free(struct memory *memory)
{
	pthread_cond_destroy(&memory->changed);
	pthread_mutex_destroy(&memory->lock);
	free(memory->used);
	free(memory->bytes);
	free(memory);
}

/* Sets what requests wait for. */
static void change(struct memory *memory, bool *what, bool hung)
{
	pthread_mutex_lock(&memory->lock);
	*what = hung;
	pthread_cond_broadcast(&memory->changed);
	pthread_mutex_unlock(&memory->lock);
}

void memory_hang(struct memory *memory, bool hung)
{
	change(memory, &memory->hung, hung);
}

void memory_hang_writes(struct memory *memory, bool hung)
{
	change(memory, &memory->writes_hung, hung);
}

void memory_hang_flushes(struct memory *memory, bool hung)
{
	change(memory, &memory->flushes_hung, hung);
}

void memory_tear(struct memory *memory, bool torn)
{
	pthread_mutex_lock(&memory->lock);
	memory->writes_hung = !torn;
	memory->torn = torn;
	pthread_cond_broadcast(&memory->changed);
	pthread_mutex_unlock(&memory->lock);
}
