/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.h - makes a disk image
 */
#ifndef FILTERD_IMAGE_H
#define FILTERD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "write.h"

struct image {
	const char *path;
	uint64_t size;			/* bytes */
	uint32_t sector;		/* 512 or 4096 */
	const char *scheme;		/* "gpt", "mbr", "apple", "none" */
	const struct write_part *parts;
	size_t n_parts;
	bool dry_run;			/* all but the file itself */
};

/*
 * Makes a sparse file with the map, durable when it returns 0.  It never
 * overwrites, and leaves no half-made file.
 */
int image_create(const struct image *image, struct failure *f);

#endif /* FILTERD_IMAGE_H */
