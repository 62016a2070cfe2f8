/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * partition.h - a source that is the kernel's node of one partition
 *
 * "/dev/sdb2" says nothing of its content hint: the map of /dev/sdb does.
 */
#ifndef FILTERD_PARTITION_H
#define FILTERD_PARTITION_H

#include "failure.h"

#include "names.h"
#include "source.h"

/*
 * If @source is such a node, looks up what the map of its disk says of it, and
 * makes its root medium a partition, with hint, title, UUID and number, as it
 * would be in the tree of the whole disk, its type by what @names calls it.
 * Where the disk cannot be read, or
 * has no partition in that place, it stays a whole of its own.  The disk is
 * read, not claimed.  Blocks; runs on a job thread.  Returns 0, -ENOMEM or
 * -ECANCELED.
 */
int partition_identify(struct source *source, const struct names *names,
		       struct failure *f);

#endif /* FILTERD_PARTITION_H */
