/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blkid.c - maps and signatures through libblkid, on a descriptor alone
 *
 * It is asked for one kind of map at a time: left to itself it stops at the
 * first, and a disk may hold several.  Its partition positions count in
 * 512-byte units whatever the sector is.  What it is known not to tell, and
 * what it must not be given, verdict.c finds out beforehand.
 */
#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>

#include "blkid.h"
#include "cleanup.h"
#include "partmap.h"
#include "util.h"

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

#define _cleanup_probe_ _cleanup_(cleanup_probe)

bool blkid_sector_is_possible(uint32_t sector)
{
	return is_power_of_two(sector) && sector >= 512 && sector <= 65536;
}

static int probe_open(int fd, uint64_t size, uint32_t sector, blkid_probe *ret)
{
	_cleanup_probe_ blkid_probe probe = NULL;

	if (size > INT64_MAX || !blkid_sector_is_possible(sector))
		return -EINVAL;
	probe = blkid_new_probe();
	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size) != 0 ||
	    blkid_probe_set_sectorsize(probe, sector) != 0)
		return -EIO;
	*ret = take_ptr(&probe);
	return 0;
}

/* The partitions of the one map of @type, which live as long as @probe; an
   empty list where there is no such map. */
static int probe_partitions(blkid_probe probe, const char *type,
			    blkid_partlist *ret_list,
			    blkid_parttable *ret_table)
{
	char *types[] = { (char *)type, NULL };

	if (blkid_probe_enable_partitions(probe, 1) != 0 ||
	    blkid_probe_filter_partitions_type(probe, BLKID_FLTR_ONLYIN,
					       types) != 0)
		return -EIO;
	*ret_list = blkid_probe_get_partitions(probe);
	*ret_table = *ret_list ? blkid_partlist_get_table(*ret_list) : NULL;
	return *ret_table ? 0 : -ENODEV;
}

/* False: it lies where no number of bytes reaches. */
static bool take_place(blkid_partition from, struct blkid_part *to)
{
	uint64_t start = (uint64_t)blkid_partition_get_start(from);
	uint64_t sectors = (uint64_t)blkid_partition_get_size(from);

	return !mul_overflow(start, 512u, &to->base) &&
	       !mul_overflow(sectors, 512u, &to->size) && to->size > 0;
}

static void copy_text(char *buf, size_t len, const char *text)
{
	snprintf(buf, len, "%s", or_empty(text));
}

static bool take_part(blkid_partition from, blkid_parttable table,
		      struct blkid_part *to)
{
	if (!take_place(from, to))
		return false;
	to->number = (unsigned)blkid_partition_get_partno(from);
	to->type = blkid_partition_get_type(from);
	to->extended = blkid_partition_is_extended(from) != 0;
	to->inner = !streq(
		or_empty(blkid_parttable_get_type(
			blkid_partition_get_table(from))),
		or_empty(blkid_parttable_get_type(table)));
	copy_text(to->type_text, sizeof(to->type_text),
		  blkid_partition_get_type_string(from));
	copy_text(to->name, sizeof(to->name), blkid_partition_get_name(from));
	copy_text(to->uuid, sizeof(to->uuid), blkid_partition_get_uuid(from));
	return true;
}

int blkid_map_read(const struct scheme_medium *medium, uint32_t sector,
		   const char *type, struct blkid_map *ret)
{
	_cleanup_probe_ blkid_probe probe = NULL;
	blkid_partlist list = NULL;
	blkid_parttable table = NULL;
	struct blkid_map map = { 0 };
	int n, r = probe_open(medium->fd, medium->size, sector, &probe);

	if (r == 0)
		r = probe_partitions(probe, type, &list, &table);
	if (r < 0)
		return r;
	n = blkid_partlist_numof_partitions(list);
	map.offset = (uint64_t)blkid_parttable_get_offset(table);
	map.parts = calloc((size_t)MAX(n, 0) + 1, sizeof(*map.parts));
	if (!map.parts)
		return -ENOMEM;
	for (int i = 0; i < n; i++)
		if (take_part(blkid_partlist_get_partition(list, i), table,
			      &map.parts[map.n]))
			map.n++;
	*ret = map;
	return 0;
}

void blkid_map_clear(struct blkid_map *map)
{
	free(map->parts);
	*map = (struct blkid_map){ 0 };
}

static void copy_value(blkid_probe probe, const char *key, char *buf,
		       size_t len)
{
	const char *value;

	buf[0] = '\0';
	if (blkid_probe_lookup_value(probe, key, &value, NULL) == 0)
		snprintf(buf, len, "%s", value);
}

/* Two kinds fit: libblkid will not choose, and neither do we; but the first
   is told, and that there is a second. */
static int collect_types(blkid_probe probe, struct partmap_signature *ret)
{
	char type[sizeof(ret->type)];
	int r;

	blkid_reset_probe(probe);
	while ((r = blkid_do_probe(probe)) == 0) {
		copy_value(probe, "TYPE", type, sizeof(type));
		if (ret->type[0] == '\0') {
			memcpy(ret->type, type, sizeof(type));
		} else if (!streq(ret->type, type)) {
			snprintf(ret->ambiguous, sizeof(ret->ambiguous), "%s",
				 type);
			return 0;
		}
	}
	return r < 0 ? -EIO : 0;
}

int partmap_signature(int fd, uint64_t size, uint32_t sector,
		      struct partmap_signature *ret)
{
	_cleanup_probe_ blkid_probe probe = NULL;
	struct partmap_signature found = { 0 };
	int r;

	if (size == 0) {
		*ret = found;
		return 0;
	}
	r = probe_open(fd, size, sector, &probe);
	if (r < 0)
		return r;
	if (blkid_probe_enable_superblocks(probe, 1) != 0 ||
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE |
					      BLKID_SUBLKS_LABEL |
					      BLKID_SUBLKS_UUID) != 0)
		return -EIO;
	r = blkid_do_safeprobe(probe);
	if (r == 0) {
		copy_value(probe, "TYPE", found.type, sizeof(found.type));
		copy_value(probe, "LABEL", found.label, sizeof(found.label));
		copy_value(probe, "UUID", found.uuid, sizeof(found.uuid));
	} else if (r == -2) {
		r = collect_types(probe, &found);
		if (r < 0)
			return r;
	} else if (r < 0) {
		return -EIO;
	}
	*ret = found;
	return 0;
}
