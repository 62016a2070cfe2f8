/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * export.h - a medium as a FUSE block file: what each operation means
 *
 * house rules: docs/ARCHITECTURE.md, "The export".  One export has one port
 * on its medium and one session (session.h) on one regular file.
 */
#ifndef FILTERD_EXPORT_H
#define FILTERD_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "failure.h"

#include "store.h"

struct export;
struct figures;

enum export_cache {
	EXPORT_CACHE_AUTO,	/* page cache; direct for descriptors with
				   O_DIRECT, and both see the same but for two
				   gaps of the kernel: SEEK_DATA misses what a
				   mapping wrote until msync; who reads while
				   an AIO direct write to the same bytes runs
				   may keep the old ones until the next open */
	EXPORT_CACHE_NONE,	/* every opener direct, writes in parallel; no
				   shared mmap on most kernels */
	EXPORT_CACHE_WRITEBACK,	/* the kernel may hold written pages back: a
				   write fails at fsync, past the end too (the
				   file then looks longer); no holes are seen */
};

/* Whose file it is; he alone, and root, may open it. */
struct export_owner {
	uid_t uid;
	gid_t gid;
};

struct export_options {
	enum export_cache cache;
	const struct export_owner *owner;	/* NULL: who we are */
	unsigned workers;	/* 0: as many as a disk likes */
	/* Nobody has the file open any more, and what the last one wrote is
	   flushed.  On any thread; must not block.  NULL: nobody asks. */
	void (*left)(void *arg);
	void *arg;
};

/*
 * Publishes @store, which must outlive it, as the file @name in the directory
 * open as @dirfd (path @dir, for the mount).  @file must not exist.  Returns 0
 * when the file can be opened; else @f says why (no /dev/fuse: EXIT_DENIED or
 * EXIT_UNSUPPORTED with what to do).
 */
int export_start(struct store *store, const char *dir, int dirfd,
		 const char *name, const struct export_options *options,
		 struct export **ret, struct failure *f);

/* The first step of export_stop(), which goes on from there: nobody can open
   the file any more.  0, or -EBUSY while somebody has it open. */
int export_unmount(struct export *export);

/*
 * Unmounts unless somebody has the file open (-EBUSY, nothing changed then),
 * waits for the workers, flushes, closes the medium and removes the file.
 * A failed flush is returned; everything is gone all the same.
 *
 * -ETIMEDOUT: unmounted, but a request is stuck below.  Call again (after an
 * abort of the layers, say), or leave the export and the store to the
 * process's end, and end that with _exit().
 */
int export_stop(struct export *export);

/*
 * Takes the file away from under its name: nobody can open it any more, and
 * who has it open goes on.  0, or -errno and nothing has changed.
 * export_wait() returns when the last one has closed it, or after an abort;
 * then export_stop() flushes and ends it.  Blocks; not on a worker.
 */
int export_hide(struct export *export);
void export_wait(struct export *export);

/* Ends it whoever uses it: requests get ECONNABORTED, later ones ENOTCONN, and
   the file is unmounted.  export_stop() has still to follow.  Any thread. */
void export_abort(struct export *export);

/* The medium has another size: the kernel, and so who has the file open, sees
   it from now on.  0 or a negative errno.  Blocks. */
int export_follow(struct export *export);

/* What its users asked for; the export's. */
const struct figures *export_figures(const struct export *export);

const char *export_path(const struct export *export);	/* absolute */
bool export_is_open(struct export *export);

#endif /* FILTERD_EXPORT_H */
