/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.h - files that hold a disk in a format that is not raw
 *
 * Taken as raw disks they would show rubbish, and be damaged by a write.
 */
#ifndef FILTERD_FOREIGN_H
#define FILTERD_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

struct foreign {
	const char *name;	/* "a qcow2 image" */
	/* The command that makes it raw: what stands before its path in it,
	   and behind. */
	const char *before, *after;
};

/*
 * What the first @size bytes of @fd are.  Trailers count only in a regular
 * file (@file), whose end is the format's end.  NULL: nothing known.
 */
const struct foreign *foreign_find(int fd, uint64_t size, bool file);

#endif /* FILTERD_FOREIGN_H */
