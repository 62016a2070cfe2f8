/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * memory.h - a store in memory that tells what it was asked, and fails or
 * hangs on demand
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "store.h"

struct memory {
	struct store store;
	unsigned char *bytes;
	unsigned char *used;	/* a granule each: it was written */

	/* What it has seen. */
	atomic_int level;
	atomic_uint reads, writes, durable, flushes, zeros, freed;
	atomic_uint aligned;	/* writes from page-aligned memory */
	atomic_uint inside;	/* requests that are under way, but flushes */
	atomic_uint flushing;	/* flushes that are */
	atomic_uint most;	/* of them at the same time */
	_Atomic uint64_t lost;

	/* What it shall do. */
	atomic_int fail_reads, fail_writes, fail_access;	/* -errno */
	atomic_uint fail_flushes;				/* how many */

	pthread_mutex_t lock;	/* guards the rest */
	pthread_cond_t changed;
	bool hung;		/* reads wait */
	bool writes_hung;	/* writes wait */
	bool flushes_hung;	/* flushes wait */
	bool torn;		/* writes end half-way, with EIO */
};

/* Zeros, all of it unallocated.  Ends the program when out of memory. */
struct memory *memory_new(uint64_t size, uint32_t granule, bool writable);
void memory_free(struct memory *memory);

/* From now on reads wait, or go on. */
void memory_hang(struct memory *memory, bool hung);

/* From now on writes wait, or go on. */
void memory_hang_writes(struct memory *memory, bool hung);

/* From now on flushes wait, or go on. */
void memory_hang_flushes(struct memory *memory, bool hung);

/* From now on writes wait, or those that wait end half-way. */
void memory_tear(struct memory *memory, bool torn);

#endif /* MEMORY_H */
