/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * occupant.h - who has a disk or image, for the message that it is busy
 *
 * All are best efforts: false when nobody can be found, which may also mean
 * that we may not look.
 */
#ifndef FILTERD_OCCUPANT_H
#define FILTERD_OCCUPANT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "failure.h"

/* The loop device that stands on the file or device @st: "/dev/loop3". */
bool occupant_loop(const struct stat *st, char *buf, size_t len);

/*
 * Sets @f to who uses the block device @st, or one of its partitions (a
 * mount, a kernel device, swap), or else to nobody known.  -EBUSY.
 */
int occupant_of_block(const char *path, const struct stat *st,
		      struct failure *f);

/* The same for a file that somebody has locked. */
int occupant_of_lock(const char *path, const struct stat *st,
		     struct failure *f);

#endif /* FILTERD_OCCUPANT_H */
