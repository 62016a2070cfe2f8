/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flip.c - a filter for tests: changed bytes, kept memory, a thread of its own
 *
 * Locks: lock guards all of the instance that changes; none is held over next.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "flip.h"

#define BLOCK	4096u
#define SLOTS	64u

struct slot {
	_Atomic uint64_t version;	/* 0: free; stored last */
	uint64_t block;
	unsigned char data[BLOCK];
};

struct staging {
	struct slot slots[SLOTS];
};

struct flip {
	uint64_t key;
	pthread_mutex_t lock;
	pthread_cond_t room, work, idle;
	pthread_t cleaner;
	struct filter_next *next;
	struct staging *staging;
	unsigned staged;
	bool stopping, aborted;
};

static const struct filter_param flip_params[] = {
	{ .name = "key", .type = FILTER_NUMBER,
	  .at = offsetof(struct flip, key), .preset = "90",
	  .summary = "what each byte is changed with", .max = 255 },
	{ .name = NULL },
};

static void flip_bytes(unsigned char *to, const unsigned char *from,
		       size_t len, uint64_t key)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] ^ (unsigned char)key;
}

/* lock is held in these three. */

static struct slot *any_staged(struct flip *flip)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (flip->staging->slots[i].version != 0)
			return &flip->staging->slots[i];
	return NULL;
}

static struct slot *find_staged(struct flip *flip, uint64_t block)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (flip->staging->slots[i].version != 0 &&
		    flip->staging->slots[i].block == block)
			return &flip->staging->slots[i];
	return NULL;
}

static struct slot *free_slot(struct flip *flip)
{
	while (flip->staged == SLOTS && !flip->aborted) {
		pthread_cond_signal(&flip->work);
		pthread_cond_wait(&flip->room, &flip->lock);
	}
	for (unsigned i = 0; i < SLOTS && !flip->aborted; i++)
		if (flip->staging->slots[i].version == 0)
			return &flip->staging->slots[i];
	return NULL;
}

/* Writes a staged block below; lock is held, but not over the write. */
static void clean(struct flip *flip, struct slot *slot, unsigned char *bytes)
{
	uint64_t block = slot->block, version = slot->version;
	int r;

	flip_bytes(bytes, slot->data, BLOCK, flip->key);
	pthread_mutex_unlock(&flip->lock);
	r = flip->next->write(flip->next, bytes, BLOCK, block * BLOCK, 0);
	pthread_mutex_lock(&flip->lock);
	if (r < 0) {
		flip->aborted = true;
		flip->next->lost(flip->next, r);
		pthread_cond_broadcast(&flip->room);
	} else if (slot->version == version) {
		slot->version = 0;
		flip->staged--;
		pthread_cond_broadcast(&flip->room);
	}
}

static void *flip_clean(void *arg)
{
	struct flip *flip = arg;
	unsigned char *bytes = flip->next->scratch(flip->next, BLOCK);

	pthread_mutex_lock(&flip->lock);
	if (!bytes)
		flip->aborted = true;
	while (!flip->stopping) {
		struct slot *slot = flip->aborted ? NULL : any_staged(flip);

		if (slot) {
			clean(flip, slot, bytes);
			continue;
		}
		pthread_cond_broadcast(&flip->idle);
		pthread_cond_wait(&flip->work, &flip->lock);
	}
	pthread_mutex_unlock(&flip->lock);
	return NULL;
}

static int flip_init(void *self)
{
	struct flip *flip = self;

	pthread_mutex_init(&flip->lock, NULL);
	pthread_cond_init(&flip->room, NULL);
	pthread_cond_init(&flip->work, NULL);
	pthread_cond_init(&flip->idle, NULL);
	return 0;
}

static int flip_start(void *self, struct filter_next *next,
		      struct filter_medium *medium, const void *ticket,
		      size_t len)
{
	struct flip *flip = self;
	bool kept;

	(void)ticket;
	(void)len;
	flip->next = next;
	flip->staging = next->keep(next, sizeof(*flip->staging), &kept);
	if (!flip->staging)
		return -ENOMEM;
	if (pthread_create(&flip->cleaner, NULL, flip_clean, flip) != 0)
		return -EAGAIN;
	medium->granule = BLOCK;
	medium->size -= medium->size % BLOCK;
	medium->hint[0] = '\0';
	return 0;
}

/* Waits until nothing is staged. */
static int settle(struct flip *flip)
{
	int r;

	pthread_mutex_lock(&flip->lock);
	while (flip->staged > 0 && !flip->aborted) {
		pthread_cond_signal(&flip->work);
		pthread_cond_wait(&flip->idle, &flip->lock);
	}
	r = flip->aborted ? -EIO : 0;
	pthread_mutex_unlock(&flip->lock);
	return r;
}

static int flip_stop(void *self, struct filter_next *next)
{
	struct flip *flip = self;
	int r = settle(flip);

	(void)next;
	pthread_mutex_lock(&flip->lock);
	flip->stopping = true;
	pthread_cond_signal(&flip->work);
	pthread_mutex_unlock(&flip->lock);
	pthread_join(flip->cleaner, NULL);
	return r;
}

static void flip_abort(void *self)
{
	struct flip *flip = self;

	pthread_mutex_lock(&flip->lock);
	flip->aborted = true;
	pthread_cond_broadcast(&flip->room);
	pthread_cond_broadcast(&flip->idle);
	pthread_mutex_unlock(&flip->lock);
}

static void flip_fini(void *self)
{
	struct flip *flip = self;

	pthread_cond_destroy(&flip->idle);
	pthread_cond_destroy(&flip->work);
	pthread_cond_destroy(&flip->room);
	pthread_mutex_destroy(&flip->lock);
}

/* A staged block may reach the medium meanwhile: it is looked for first. */
static int flip_read(void *self, struct filter_next *next, void *buf,
		     size_t len, uint64_t off)
{
	struct flip *flip = self;
	bool staged[FILTER_MAX_IO / BLOCK];
	unsigned char *bytes = buf, *copy = next->scratch(next, len);
	int r;

	pthread_mutex_lock(&flip->lock);
	for (size_t i = 0; i < len / BLOCK; i++) {
		struct slot *slot = find_staged(flip, off / BLOCK + i);

		staged[i] = slot != NULL;
		if (slot)
			memcpy(copy + i * BLOCK, slot->data, BLOCK);
	}
	pthread_mutex_unlock(&flip->lock);
	r = next->read(next, buf, len, off);
	if (r < 0)
		return r;
	flip_bytes(bytes, bytes, len, flip->key);
	for (size_t i = 0; i < len / BLOCK; i++)
		if (staged[i])
			memcpy(bytes + i * BLOCK, copy + i * BLOCK, BLOCK);
	return 0;
}

static int flip_flush(void *self, struct filter_next *next)
{
	int r = settle(self);

	return r < 0 ? r : next->flush(next);
}

static int stage(struct flip *flip, const unsigned char *bytes,
		 uint64_t block)
{
	struct slot *slot = find_staged(flip, block);

	if (slot) {
		memcpy(slot->data, bytes, BLOCK);
		slot->version++;
		return 0;
	}
	slot = free_slot(flip);
	if (!slot)
		return -EIO;
	slot->block = block;
	memcpy(slot->data, bytes, BLOCK);
	slot->version = 1;
	flip->staged++;
	return 0;
}

static int flip_write(void *self, struct filter_next *next, const void *buf,
		      size_t len, uint64_t off, unsigned flags)
{
	struct flip *flip = self;
	const unsigned char *bytes = buf;
	int r = 0;

	pthread_mutex_lock(&flip->lock);
	for (size_t i = 0; i < len / BLOCK && r == 0; i++)
		r = stage(flip, bytes + i * BLOCK, off / BLOCK + i);
	pthread_cond_signal(&flip->work);
	pthread_mutex_unlock(&flip->lock);
	if (r < 0 || !(flags & FILTER_DURABLE))
		return r;
	return flip_flush(self, next);
}

const struct filter_ops flip_filter = {
	.abi		= FILTERD_ABI,
	.name		= "flip",
	.summary	= "changes each byte, and writes late",
	.version	= "1.0",
	.instance_size	= sizeof(struct flip),
	.scratch	= FILTER_MAX_IO,
	.params		= flip_params,
	.init		= flip_init,
	.start		= flip_start,
	.stop		= flip_stop,
	.fini		= flip_fini,
	.abort		= flip_abort,
	.read		= flip_read,
	.write		= flip_write,
	.flush		= flip_flush,
};
