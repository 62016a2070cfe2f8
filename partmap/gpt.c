/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gpt.c - the GUID Partition Table, its backup too
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "blkid.h"
#include "cleanup.h"
#include "gpt.h"
#include "util.h"
#include "verdict.h"

static void copy_upper(char *buf, size_t len, const char *s)
{
	size_t i;

	for (i = 0; i + 1 < len && s[i]; i++)
		buf[i] = (char)toupper((unsigned char)s[i]);
	buf[i] = '\0';
}

/* One that reaches past the end is none: the disk was cut off. */
static int publish_part(const struct blkid_part *found, bool writable,
			scheme_publish_fn *publish, void *arg)
{
	char hint[40], uuid[40];
	const struct scheme_part part = {
		.base = found->base, .size = found->size,
		.number = found->number, .writable = writable,
		.hint = hint, .name = found->name, .uuid = uuid,
	};

	copy_upper(hint, sizeof(hint), found->type_text);
	copy_upper(uuid, sizeof(uuid), found->uuid);
	return publish(arg, &part);
}

static int publish_map(const struct blkid_map *map, uint64_t size,
		       bool writable, scheme_publish_fn *publish, void *arg)
{
	int r = 0;

	for (size_t i = 0; i < map->n && r >= 0; i++) {
		const struct blkid_part *part = &map->parts[i];

		if (part->base > 0 &&
		    range_inside(part->base, part->size, size))
			r = publish_part(part, writable, publish, arg);
	}
	return MIN(r, 0);
}

static int gpt_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	_cleanup_(blkid_map_clear) struct blkid_map map = { 0 };
	uint32_t sector = medium->sector, made_for;
	uint64_t size = medium->size;
	bool backup;
	int r;

	(void)score;
	why[0] = '\0';
	if (!blkid_sector_is_possible(sector))
		return -EINVAL;
	made_for = verdict_gpt_sector(medium->fd, size, sector);
	r = verdict_gpt(medium->fd, size, made_for, why);
	if (r < 0)
		return r;
	r = blkid_map_read(medium, made_for, "gpt", &map);
	if (r == -ENODEV) {
		snprintf(why, 128, "GPT is damaged: neither of its tables "
			 "can be used");
		return -EBADMSG;
	}
	if (r < 0)
		return r;
	backup = map.offset != made_for;
	if (backup)
		snprintf(why, 128, "primary GPT header is damaged; read from "
			 "its backup, read-only");
	else if (made_for != sector)
		snprintf(why, 128, "the GPT is for sectors of %u bytes",
			 made_for);
	return publish_map(&map, size, !backup, publish, arg);
}

static const char *const gpt_inside[] = {
	"apple:GUID_partition_scheme",
	NULL
};

const struct scheme gpt_scheme = {
	.name = "gpt",
	.content = "GUID_partition_scheme",
	.score = 4000,
	.whole = true,
	.guest = true,
	.inside = gpt_inside,
	.scan = gpt_scan,
};
