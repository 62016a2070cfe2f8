/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inventory.h - what could be mounted here: disks, and images in this folder
 */
#ifndef FILTERD_INVENTORY_H
#define FILTERD_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

/* A disk or image that somebody may look at. */
struct inventory_item {
	char *path;
	bool block;
	bool readable;		/* by the caller */
};

struct inventory {
	struct inventory_item *list;
	size_t n;
	bool cut;		/* there are more images than are listed */
};

/* Disks of /sys/block that have a size; images in the working directory if
   @images.  Opens nothing.  0 or -ENOMEM. */
int inventory_take(struct inventory *inventory, bool images);
void inventory_clear(struct inventory *inventory);

#endif /* FILTERD_INVENTORY_H */
