/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * store.h - what keeps a medium's bytes: a device, a window of one, a layer
 *
 * The one face that everything above calls.  Calls block, come from any
 * thread, and return 0 or a negative errno, never a short count.  A request is
 * checked here, once, on entering: whole granules inside the medium; a store's
 * own functions trust what reaches them.
 *
 * Code paths: export -> edge -> port -> store_write() -> layer (gate) ->
 * filter -> port -> store_write() -> window -> device.
 */
#ifndef FILTERD_STORE_H
#define FILTERD_STORE_H

#include <errno.h>

#include <filterd/filter.h>

#include "util.h"

struct store;

struct store_ops {
	int (*read)(struct store *, void *buf, size_t len, uint64_t off);
	int (*write)(struct store *, const void *buf, size_t len, uint64_t off,
		     unsigned flags);
	int (*flush)(struct store *);
	int (*zero)(struct store *, uint64_t len, uint64_t off,
		    unsigned flags);
	int (*discard)(struct store *, uint64_t len, uint64_t off);
	int (*map)(struct store *, uint64_t off, uint64_t *len,
		   unsigned *ret_what);
	/* How many flushes of the device below have failed so far. */
	uint64_t (*lost)(struct store *);
	/* One user's level changes from @from to @to (FILTER_NOBODY ...);
	   downwards it cannot fail.  Blocks. */
	int (*access)(struct store *, int from, int to);
	/* Bytes that are really allocated, or the size. */
	uint64_t (*allocated)(struct store *);
};

struct store {
	const struct store_ops *ops;
	struct filter_medium medium;	/* fixed while anybody uses it, but
					   for the size: see below */
	bool frees;			/* zero() with FILTER_FREE gives back
					   what discard() would, and does not
					   write zeros instead */
};

/* The size, which may change while requests run.  Any thread. */
static inline uint64_t store_size(const struct store *store)
{
	return __atomic_load_n(&store->medium.size, __ATOMIC_RELAXED);
}

/* By the one whose store it is; who uses it is told afterwards. */
static inline void store_resize(struct store *store, uint64_t size)
{
	__atomic_store_n(&store->medium.size, size, __ATOMIC_RELAXED);
}

/* 0 or -EINVAL. */
static inline int store_check(const struct store *store, uint64_t len,
			      uint64_t off)
{
	const struct filter_medium *m = &store->medium;

	if (((off | len) & (m->granule - 1)) != 0)
		return -EINVAL;
	return range_inside(off, len, store_size(store)) ? 0 : -EINVAL;
}

/* As store_check(), for what changes the medium: 0, -EINVAL or -EROFS. */
static inline int store_check_change(const struct store *store, uint64_t len,
				     uint64_t off)
{
	int r = store_check(store, len, off);

	return r == 0 && !store->medium.writable ? -EROFS : r;
}

/* @len: at most FILTER_MAX_IO, as for store_write(). */
static inline int store_read(struct store *store, void *buf, size_t len,
			     uint64_t off)
{
	int r = len > FILTER_MAX_IO ? -EINVAL : store_check(store, len, off);

	if (r < 0 || len == 0)
		return r;
	return store->ops->read(store, buf, len, off);
}

static inline int store_write(struct store *store, const void *buf, size_t len,
			      uint64_t off, unsigned flags)
{
	int r = store_check_change(store, len, off);

	if (len > FILTER_MAX_IO)
		r = -EINVAL;
	if (r < 0 || len == 0)
		return r;
	return store->ops->write(store, buf, len, off, flags);
}

static inline int store_flush(struct store *store)
{
	return store->ops->flush(store);
}

static inline int store_zero(struct store *store, uint64_t len, uint64_t off,
			     unsigned flags)
{
	int r = store_check_change(store, len, off);

	if (r < 0 || len == 0)
		return r;
	return store->ops->zero(store, len, off, flags);
}

static inline int store_discard(struct store *store, uint64_t len,
				uint64_t off)
{
	int r = store_check_change(store, len, off);

	if (r < 0 || len == 0)
		return r;
	return store->ops->discard(store, len, off);
}

/* *len is not 0 before and, at success, after. */
static inline int store_map(struct store *store, uint64_t off, uint64_t *len,
			    unsigned *ret_what)
{
	int r = *len == 0 ? -EINVAL : store_check(store, *len, off);

	return r < 0 ? r : store->ops->map(store, off, len, ret_what);
}

/*
 * Zeros by writing them, for stores that have no better way: through the
 * store's own write, 1 MiB at a time, FILTER_DURABLE passed with each.
 */
int store_write_zeros(struct store *store, uint64_t len, uint64_t off,
		      unsigned flags);

#endif /* FILTERD_STORE_H */
