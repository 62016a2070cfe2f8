/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * geometry.h - how large a disk or image is, and in what pieces it is used
 */
#ifndef FILTERD_GEOMETRY_H
#define FILTERD_GEOMETRY_H

#include "store.h"

/*
 * Fills the medium of @store, and whether it frees, from what @fd is open on;
 * its writable is what was asked for, and may be taken back.  @sector as for
 * device_open(), and so the errors.
 */
int geometry_measure(int fd, uint32_t sector, struct store *store,
		     bool *ret_block);

/* How large it is now, in whole granules.  0, -ENXIO: not even one, or another
   negative errno. */
int geometry_size(int fd, uint32_t granule, uint64_t *ret);

/* How memory and lengths must be aligned; 1 and 1: buffered. */
void geometry_go_direct(int fd, uint32_t granule, uint32_t *ret_memory_align,
			uint32_t *ret_step);

#endif /* FILTERD_GEOMETRY_H */
