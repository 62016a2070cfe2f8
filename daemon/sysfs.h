/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sysfs.h - what the kernel says of a block device
 */
#ifndef FILTERD_SYSFS_H
#define FILTERD_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The first line of a small file of the kernel's, in /proc too, without its
   newline; false if there is none. */
bool sysfs_read(const char *path, char *buf, size_t len);

/* One attribute of the device: "removable", "device/model". */
bool sysfs_attribute(dev_t dev, const char *attribute, char *buf, size_t len);

/* The kernel's name of its node below /dev: "sdb". */
bool sysfs_node(dev_t dev, char *buf, size_t len);

/* Whether somebody may pull it out of the running machine: its disk, or the
   device itself. */
bool sysfs_removable(dev_t dev);

/* Calls @fn for each partition that the kernel made of the whole device @dev,
   until one does not return 0; returns that. */
int sysfs_partitions(dev_t dev,
		     int (*fn)(void *arg, dev_t dev, const char *node,
			       unsigned number), void *arg);

#endif /* FILTERD_SYSFS_H */
