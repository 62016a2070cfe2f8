/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy.h - a medium's bytes into a file, and a file's into a medium
 */
#ifndef FILTERD_COPY_H
#define FILTERD_COPY_H

#include <stdint.h>

#include "failure.h"

#include "store.h"

/* What a copy tells while it runs: bytes done, of @total.  On the copying
   thread, at least each second; not 0 ends the copy with that. */
typedef int copy_progress_fn(void *arg, uint64_t done, uint64_t total);

/*
 * The whole medium to @fd.  Where @fd is a regular file, what reads as zeros
 * is left out of it; that file must be empty.  Returns 0 when all is written
 * and, in a file, durable.  @name is the medium's, for messages.
 */
int copy_out(struct store *store, const char *name, int fd,
	     copy_progress_fn *progress, void *arg, struct failure *f);

/* Whether copy_in() would begin: what it refuses before anything is written. */
int copy_check(struct store *store, const char *name, int fd,
	       struct failure *f);

/*
 * The file or block device @fd to the beginning of the medium; -ENOSPC when it
 * is larger, before anything is written.  What is a hole in it becomes zeros.
 * Returns 0 when all is durable.
 */
int copy_in(struct store *store, const char *name, int fd,
	    copy_progress_fn *progress, void *arg, struct failure *f);

#endif /* FILTERD_COPY_H */
