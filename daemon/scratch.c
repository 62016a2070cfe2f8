/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scratch.c - each thread's stack of aligned memory
 *
 * The stack is a chain of blocks that never move, since loans point into them.
 * A position counts the bytes of all blocks below it; a loan that does not fit
 * into the rest of a block begins in a later one.  Blocks live as long as the
 * thread.
 *
 * Code paths: [data].
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "scratch.h"
#include "util.h"

#define BLOCK_LEN	((size_t)1 << 20)	/* or the loan if longer */

struct block {
	struct block *next;
	unsigned char *bytes;
	size_t start, len;	/* the positions [start, start + len) */
};

static _Thread_local struct block *first;
static _Thread_local size_t top;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void free_blocks(void *p)
{
	struct block *block = p;

	while (block) {
		struct block *next = block->next;

		free(block->bytes);
		free(block);
		block = next;
	}
	first = NULL;
	top = 0;
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, free_blocks);
}

/* Without the key the blocks would outlive the thread, so none is made. */
static struct block *new_block(size_t start, size_t len)
{
	struct block *block;

	if (pthread_once(&once, make_key) != 0 || key_error != 0)
		return NULL;

	block = calloc(1, sizeof(*block));
	if (!block)
		return NULL;
	block->start = start;
	block->len = MAX(len, BLOCK_LEN);
	block->bytes = aligned_alloc(SCRATCH_ALIGN, block->len);
	if (!block->bytes) {
		free(block);
		return NULL;
	}
	return block;
}

/* Appends a block of at least @len bytes; @last is NULL for the first. */
static struct block *append(struct block *last, size_t len)
{
	struct block *block;

	block = new_block(last ? last->start + last->len : 0, len);
	if (!block)
		return NULL;
	if (last) {
		last->next = block;
		return block;
	}
	if (pthread_setspecific(key, block) != 0) {
		free_blocks(block);
		return NULL;
	}
	first = block;
	return block;
}

/* The block that has @len bytes at *@at, which moves up to where they are. */
static struct block *find(size_t len, size_t *at)
{
	struct block *block, *last = NULL;

	for (block = first; block; block = block->next) {
		*at = MAX(*at, block->start);
		if (range_inside(*at - block->start, len, block->len))
			return block;
		last = block;
	}
	block = append(last, len);
	if (block)
		*at = block->start;
	return block;
}

static size_t aligned(size_t len)
{
	return (size_t)round_up(len, SCRATCH_ALIGN);
}

void *scratch_take(size_t len)
{
	struct block *block;
	size_t at = top;

	if (len > SIZE_MAX / 2)
		return NULL;
	len = aligned(len);
	block = find(len, &at);
	if (!block)
		return NULL;
	top = at + len;
	return block->bytes + (at - block->start);
}

size_t scratch_mark(void)
{
	return top;
}

void scratch_release(size_t mark)
{
	top = mark;
}

int scratch_reserve(size_t len)
{
	size_t at = top;

	if (len > SIZE_MAX / 2)
		return -ENOMEM;
	return find(aligned(len), &at) ? 0 : -ENOMEM;
}
