/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * figures.h - what a layer, an export or a device has done: how many requests
 * of each kind, their bytes, errors and times
 *
 * They are kept in rows, each on cache lines of its own, and summed up only
 * when somebody asks.  In a layer the slot of the gate is the row, and so has
 * one writer at a time, who needs no atomic addition.  Elsewhere threads are
 * spread over the rows.
 */
#ifndef FILTERD_FIGURES_H
#define FILTERD_FIGURES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"

enum figures_kind {
	FIGURES_READ, FIGURES_WRITE, FIGURES_FLUSH, FIGURES_ZERO,
	FIGURES_DISCARD, FIGURES_KINDS
};

/* One row's, of one kind.  What has ended is in the buckets. */
struct figures_tally {
	_Atomic uint64_t begun;
	_Atomic uint64_t failed;
	_Atomic uint64_t bytes;		/* of what succeeded */
	_Atomic uint64_t ns;		/* of all that ended */
	_Atomic uint64_t ended[HISTOGRAM_BUCKETS];
} __attribute__((aligned(64)));

struct figures {
	struct figures_tally (*rows)[FIGURES_KINDS];
	unsigned n_rows;
	bool shared;			/* rows have many writers */
};

/* A request that is counted; on the stack of who runs it. */
struct figures_run {
	struct figures_tally *tally;
	uint64_t since;			/* figures_now() */
	bool shared;
};

struct figures_sum {
	uint64_t ended, failed, bytes, ns;
	uint64_t running;		/* now */
	uint64_t times[HISTOGRAM_BUCKETS];
};

/* Memory is used by rows that are written.  0 or -ENOMEM. */
int figures_init(struct figures *figures, unsigned n_rows, bool shared);
void figures_destroy(struct figures *figures);	/* zeroed is allowed */

/* Nanoseconds of a clock that only goes forward. */
uint64_t figures_now(void);

/*
 * A request begins that was made at @since.  @row is this thread's alone until
 * figures_end(); where rows are shared it is not looked at.
 */
void figures_begin(const struct figures *figures, unsigned row,
		   enum figures_kind kind, uint64_t since,
		   struct figures_run *run);

/* It ended with @r (0 or a negative errno) and was of @len bytes. */
void figures_end(const struct figures_run *run, uint64_t len, int r);

/* All rows of one kind, while requests run: each number is right, together
   they may be of slightly different moments.  Any thread. */
void figures_sum(const struct figures *figures, enum figures_kind kind,
		 struct figures_sum *ret);

const char *figures_word(enum figures_kind kind);	/* "read" ... */

#endif /* FILTERD_FIGURES_H */
