/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fragments.h - config files that several directories may hold
 *
 * The rules are systemd.unit(5)'s: of files with one name the one in the
 * highest directory counts, and what is empty or /dev/null counts as masked;
 * drop-ins are taken in the order of their base names, whatever directory they
 * lie in.
 */
#ifndef FILTERD_FRAGMENTS_H
#define FILTERD_FRAGMENTS_H

#include <stddef.h>

#include "cleanup.h"
#include "ini.h"

/* Paths, one of each base name, sorted by it.  Zeroed, it is empty. */
struct fragments {
	char **list;		/* the last is NULL, if there is any */
	size_t n;
};

void fragments_clear(struct fragments *fragments);
#define _cleanup_fragments_ _cleanup_(fragments_clear)

/*
 * Adds the files of @dirs (highest first, the last is NULL; one that is not
 * there adds nothing) whose names end with @suffix and do not begin with a dot.
 * A directory that cannot be read is told to @error and passed over.  0 or
 * -ENOMEM.
 */
int fragments_scan(struct fragments *fragments, const char *const *dirs,
		   const char *suffix, ini_error_fn *error, void *arg);

/* Adds those drop-ins of the file @name that are not masked: what ends with
   .conf in the folders @name.d.  As fragments_scan(). */
int fragments_scan_drop_ins(struct fragments *fragments,
			    const char *const *dirs, const char *name,
			    ini_error_fn *error, void *arg);

/*
 * Opens one for reading: a regular file, and never waits for a FIFO.  Returns
 * a descriptor, -ENODATA if it masks what lies below, or another negative errno
 * after telling @error.
 */
int fragments_open(const char *path, ini_error_fn *error, void *arg);

#endif /* FILTERD_FRAGMENTS_H */
