/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * write.h - makes a partition map on an empty image
 */
#ifndef FILTERD_PARTMAP_WRITE_H
#define FILTERD_PARTMAP_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* A partition to be made. */
struct write_part {
	uint64_t size;		/* bytes; 0: all that is left ("rest") */
	const char *type;	/* as hint_resolve() takes it */
	const char *name;	/* NULL: none */
};

/*
 * Writes a map of @scheme ("gpt", "mbr", "apple") to @fd, @size bytes with
 * sectors of @sector bytes.  Partitions begin at multiples of 1 MiB (Apple: of
 * 4096 bytes after the map, so that a 5 MB image holds one).  At most one part
 * has the size 0.  Returns 0, -EINVAL (a type the scheme cannot hold, too many
 * parts), -ENOSPC, or a negative errno; @f says it to the user.  Sizes are
 * rounded up to 4096 bytes; an MBR with more than four parts has the fourth and
 * all that follow as logical partitions, from number 5.
 */
int write_map(int fd, uint64_t size, uint32_t sector, const char *scheme,
	      const struct write_part *parts, size_t n, struct failure *f);

#endif /* FILTERD_PARTMAP_WRITE_H */
