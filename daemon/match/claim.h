/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * claim.h - making a disk or image ours, and ours alone where we write
 *
 * A block device is opened with O_EXCL, which keeps mounts, kernel devices and
 * others like us away; an image is locked whole (OFD locks, as qemu's), a
 * writer's alone, a reader's with other readers.  Both are given back when the
 * descriptor is closed, and by the kernel when we die.
 */
#ifndef FILTERD_CLAIM_H
#define FILTERD_CLAIM_H

#include <stdbool.h>

#include "failure.h"

/*
 * Claims what @fd is open on, named @path in messages.  Of a block device with
 * nodes for its partitions, only that of @partition, unless it is 0.  Returns
 * the descriptor that holds the claim; -EBUSY with who has it, after a moment
 * of trying again; or a negative errno.  @fd gets a flock(2) LOCK_SH, which
 * keeps udev and partitioning tools from rewriting the map below us.
 */
int claim_open(const char *path, int fd, bool writable, unsigned partition,
	       struct failure *f);

#endif /* FILTERD_CLAIM_H */
