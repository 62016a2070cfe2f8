/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * device.h - the bottom of a stack: a block device or an image file
 *
 * Direct I/O where the file system and the alignment allow it, whole
 * transfers, and merged flushes: a flush may be served by one that started
 * after it was asked for; one runs and one waits, across all partitions.
 */
#ifndef FILTERD_DEVICE_H
#define FILTERD_DEVICE_H

#include "store.h"

struct device;
struct figures;

/*
 * Takes @fd, open for reading or for both, on a regular file or block device.
 * @sector is the image's sector size (512 or 4096; 0: 512, or what the block
 * device says).  The size is rounded down to whole sectors.  Returns 0,
 * -ENOTBLK for another kind of file, -ENXIO for one without a sector, -EINVAL
 * for a sector size that cannot be, or a negative errno; @fd is closed then.
 */
int device_open(int fd, bool writable, uint32_t sector, struct device **ret);
void device_close(struct device *device);	/* NULL is allowed */

struct store *device_store(struct device *device);
/* What it did; the device's. */
const struct figures *device_figures(const struct device *device);

/* Looks again how large it is; *ret_changed: those above have to follow
   (refresh.h).  0, -ENXIO: nothing is left; or a negative errno. */
int device_measure(struct device *device, bool *ret_changed);

/* From now on every request fails with -ENXIO.  Any thread. */
void device_gone(struct device *device);

#endif /* FILTERD_DEVICE_H */
