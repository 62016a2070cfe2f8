/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.h - which file systems are mounted from loop devices on volumes
 */
#ifndef FILTERCTL_MOUNTS_H
#define FILTERCTL_MOUNTS_H

#include <stddef.h>

#include "failure.h"

/*
 * The file that is below the file system mounted on @dir: *ret is its path,
 * allocated.  -ENOENT: nothing is mounted there; -ENOTBLK: something that
 * stands on no loop device.  Asks no file server.
 */
int mounts_below(const char *dir, char **ret);

/*
 * Unmounts, last first, what is mounted from each loop device on the file at
 * @path, and from their partitions, in this mount namespace.  0, or a negative
 * errno said in @f; what was unmounted before stays so.
 */
int mounts_unmount(const char *path, struct failure *f);

/*
 * Waits until no loop device is on the file at @path: the kernel takes one away
 * a little after its last user.  0, or -EBUSY said in @f: somebody has it
 * open.
 */
int mounts_wait(const char *path, struct failure *f);

#endif /* FILTERCTL_MOUNTS_H */
