/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mbr.c - the MBR and its logical partitions
 */
#include <errno.h>
#include <stdio.h>

#include "blkid.h"
#include "cleanup.h"
#include "hint.h"
#include "mbr.h"
#include "util.h"
#include "verdict.h"

static const char *const mbr_inside[] = {
	"apple:FDisk_partition_scheme",
	NULL
};

/* No containers, and nothing from maps inside partitions, which libblkid
   lists too: those are found on the partition itself. */
static bool counts(const struct blkid_part *part, uint64_t size)
{
	return part->type != 0 && !part->extended && !part->inner &&
	       part->base > 0 && part->base < size;
}

static bool has_any(const struct blkid_map *map, uint64_t size)
{
	for (size_t i = 0; i < map->n; i++)
		if (counts(&map->parts[i], size))
			return true;
	return false;
}

static int publish_map(const struct blkid_map *map, uint64_t size,
		       scheme_publish_fn *publish, void *arg)
{
	int r = 0;

	for (size_t i = 0; i < map->n && r >= 0; i++) {
		const struct blkid_part *found = &map->parts[i];
		char hint[8];

		if (!counts(found, size))
			continue;
		r = publish(arg, &(struct scheme_part){
			.base = found->base,
			.size = MIN(found->size, size - found->base),
			.number = found->number, .writable = true,
			.hint = hint_mbr((uint8_t)found->type, hint),
			.name = "", .uuid = found->uuid,
		});
	}
	return MIN(r, 0);
}

/* A partition that is said to hold no map needs more than two bytes. */
static bool is_sure(const struct scheme_medium *medium, uint32_t sector)
{
	const struct scheme_place *place = &medium->place;

	return place->scheme[0] == '\0' ||
	       hint_equal(mbr_inside[0], place->hint, place->scheme) ||
	       verdict_mbr_is_sure(medium->fd, medium->size, sector);
}

static int mbr_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	_cleanup_(blkid_map_clear) struct blkid_map map = { 0 };
	uint32_t sector = medium->sector, made_for;
	uint64_t size = medium->size;
	int r;

	(void)score;
	why[0] = '\0';
	if (!blkid_sector_is_possible(sector))
		return -EINVAL;
	made_for = verdict_mbr_sector(medium->fd, size, sector);
	r = verdict_mbr(medium->fd, size, made_for, why);
	if (r < 0)
		return r;
	if (made_for != sector && why[0] == '\0')
		snprintf(why, 128, "the MBR is for sectors of %u bytes",
			 made_for);
	if (!is_sure(medium, made_for)) {
		snprintf(why, 128, "what looks like an MBR has a table that "
			 "makes no sense here");
		return -ENODEV;
	}
	r = blkid_map_read(medium, made_for, "dos", &map);
	if (r == -ENODEV)
		snprintf(why, 128,
			 "a boot signature, but no partition table before it");
	if (r < 0)
		return r;
	if (!has_any(&map, size)) {
		snprintf(why, 128, "the MBR has no partitions");
		return -ENODEV;
	}
	return publish_map(&map, size, publish, arg);
}

const struct scheme mbr_scheme = {
	.name = "mbr",
	.content = "FDisk_partition_scheme",
	.score = 3000,
	.whole = true,
	.guest = true,
	.inside = mbr_inside,
	.scan = mbr_scan,
};
