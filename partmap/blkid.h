/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blkid.h - what libblkid reads for us; also partmap_signature()
 */
#ifndef FILTERD_BLKID_H
#define FILTERD_BLKID_H

#include <stddef.h>

#include <filterd/scheme.h>

/* A partition as libblkid lists it; it may lie outside the medium. */
struct blkid_part {
	uint64_t base, size;		/* bytes; size is never 0 */
	unsigned number;
	int type;			/* the map's number for its type */
	bool extended;			/* a container of others */
	bool inner;			/* of a map inside a partition */
	char type_text[40], name[128], uuid[40];
};

struct blkid_map {
	uint64_t offset;		/* bytes: where the map was found */
	struct blkid_part *parts;
	size_t n;
};

/* What libblkid takes: a power of two, 512 to 65536. */
bool blkid_sector_is_possible(uint32_t sector);

/*
 * The one map of @type ("gpt", "dos", "sun") on @medium, read in sectors of
 * @sector bytes.  0, -ENODEV where there is no such map, or a negative errno.
 */
int blkid_map_read(const struct scheme_medium *medium, uint32_t sector,
		   const char *type, struct blkid_map *ret);
void blkid_map_clear(struct blkid_map *map);

#endif /* FILTERD_BLKID_H */
