/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.c - what keeps a medium's bytes
 *
 * Code paths: [data].
 */
#include "store.h"

/* Never written: the kernel backs all of it with its one page of zeros.  Not
   const, or it would lie in the program file. */
static unsigned char zeros[FILTER_MAX_IO] __attribute__((aligned(4096)));

int store_write_zeros(struct store *store, uint64_t len, uint64_t off,
		      unsigned flags)
{
	while (len > 0) {
		size_t n = (size_t)MIN(len, (uint64_t)sizeof(zeros));
		int r = store->ops->write(store, zeros, n, off,
					  flags & FILTER_DURABLE);

		if (r < 0)
			return r;
		off += n;
		len -= n;
	}
	return 0;
}
