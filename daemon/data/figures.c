/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * figures.c - what a layer, an export or a device has done
 *
 * The clock is read twice for each level that a request passes.  Borrowing the
 * readings of the level below would save half of it, and would hide just what
 * one wants to see: the time that a filter spends before and after its calls.
 *
 * Code paths: [data] begin, end, now; [any] sum.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "figures.h"
#include "util.h"

_Static_assert(sizeof(struct figures_tally) % 64 == 0,
	       "no two rows are on one cache line");

static size_t rows_len(const struct figures *figures)
{
	return figures->n_rows * sizeof(*figures->rows);
}

/* Fresh pages are zeros, and cost nothing until they are written. */
int figures_init(struct figures *figures, unsigned n_rows, bool shared)
{
	void *rows;

	*figures = (struct figures){ .n_rows = n_rows, .shared = shared };
	rows = mmap(NULL, rows_len(figures), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (rows == MAP_FAILED)
		return -ENOMEM;
	figures->rows = rows;
	return 0;
}

void figures_destroy(struct figures *figures)
{
	if (figures->rows)
		(void)munmap(figures->rows, rows_len(figures));
	figures->rows = NULL;
}

uint64_t figures_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A number of this thread; two may have the same row. */
static unsigned thread_row(const struct figures *figures)
{
	static _Atomic unsigned next;
	static _Thread_local unsigned mine;

	if (mine == 0)
		mine = atomic_fetch_add(&next, 1) + 1;
	return mine % figures->n_rows;
}

static void add(const struct figures_run *run, _Atomic uint64_t *to,
		uint64_t n, memory_order order)
{
	uint64_t old;

	if (run->shared) {
		(void)atomic_fetch_add_explicit(to, n, order);
		return;
	}
	old = atomic_load_explicit(to, memory_order_relaxed);
	atomic_store_explicit(to, old + n, order);
}

void figures_begin(const struct figures *figures, unsigned row,
		   enum figures_kind kind, uint64_t since,
		   struct figures_run *run)
{
	if (figures->shared)
		row = thread_row(figures);
	run->tally = &figures->rows[row][kind];
	run->since = since;
	run->shared = figures->shared;
	add(run, &run->tally->begun, 1, memory_order_relaxed);
}

/* The bucket comes last: who sees it there sees all the rest. */
void figures_end(const struct figures_run *run, uint64_t len, int r)
{
	struct figures_tally *tally = run->tally;
	uint64_t ns = figures_now() - run->since;

	if (r < 0)
		add(run, &tally->failed, 1, memory_order_relaxed);
	else if (len > 0)
		add(run, &tally->bytes, len, memory_order_relaxed);
	add(run, &tally->ns, ns, memory_order_relaxed);
	add(run, &tally->ended[histogram_bucket(ns)], 1,
	    memory_order_release);
}

/*
 * What began is read before what ended: so of a busy row too few may seem to
 * be running, and never some that are not.
 */
static void add_row(struct figures_tally *tally, struct figures_sum *sum)
{
	uint64_t begun = atomic_load(&tally->begun), ended = 0;

	if (begun == 0)
		return;		/* its pages stay unused */
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		uint64_t n = atomic_load(&tally->ended[i]);

		sum->times[i] += n;
		ended += n;
	}
	sum->ended += ended;
	sum->failed += atomic_load(&tally->failed);
	sum->bytes += atomic_load(&tally->bytes);
	sum->ns += atomic_load(&tally->ns);
	sum->running += begun - MIN(begun, ended);
}

void figures_sum(const struct figures *figures, enum figures_kind kind,
		 struct figures_sum *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < figures->n_rows; i++)
		add_row(&figures->rows[i][kind], ret);
}

const char *figures_word(enum figures_kind kind)
{
	static const char *const words[FIGURES_KINDS] = {
		[FIGURES_READ]		= "read",
		[FIGURES_WRITE]		= "write",
		[FIGURES_FLUSH]		= "flush",
		[FIGURES_ZERO]		= "zero",
		[FIGURES_DISCARD]	= "discard",
	};

	return words[kind];
}
