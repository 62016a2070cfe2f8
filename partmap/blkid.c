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
#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#include "blkid.h"
#include "cleanup.h"
#include "hint.h"
#include "partmap.h"
#include "util.h"
#include "verdict.h"

static void cleanup_probe(blkid_probe *probe)
{
	blkid_free_probe(*probe);
}

#define _cleanup_probe_ _cleanup_(cleanup_probe)

static bool sector_is_possible(uint32_t sector)
{
	return is_power_of_two(sector) && sector >= 512 && sector <= 65536;
}

static int probe_open(int fd, uint64_t size, uint32_t sector, blkid_probe *ret)
{
	_cleanup_probe_ blkid_probe probe = NULL;

	if (size > INT64_MAX || !sector_is_possible(sector))
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
static int probe_partitions(blkid_probe probe, char *type,
			    blkid_partlist *ret_list,
			    blkid_parttable *ret_table)
{
	char *types[] = { type, NULL };

	if (blkid_probe_enable_partitions(probe, 1) != 0 ||
	    blkid_probe_filter_partitions_type(probe, BLKID_FLTR_ONLYIN,
					       types) != 0)
		return -EIO;
	*ret_list = blkid_probe_get_partitions(probe);
	*ret_table = *ret_list ? blkid_partlist_get_table(*ret_list) : NULL;
	return *ret_table ? 0 : -ENODEV;
}

/* Where a partition lies.  False if that is nowhere on the medium. */
static bool partition_place(blkid_partition partition, uint64_t medium_size,
			    struct scheme_part *part)
{
	uint64_t start = (uint64_t)blkid_partition_get_start(partition);
	uint64_t sectors = (uint64_t)blkid_partition_get_size(partition);

	return !mul_overflow(start, 512u, &part->base) &&
	       !mul_overflow(sectors, 512u, &part->size) &&
	       part->base > 0 && part->size > 0 && part->base < medium_size;
}

static void copy_upper(char *buf, size_t len, const char *s)
{
	size_t i;

	for (i = 0; i + 1 < len && s[i]; i++)
		buf[i] = (char)toupper((unsigned char)s[i]);
	buf[i] = '\0';
}

static int publish_gpt(blkid_partlist list, uint64_t size, bool writable,
		       scheme_publish_fn *publish, void *arg)
{
	int n = blkid_partlist_numof_partitions(list), r = 0;

	for (int i = 0; i < n && r >= 0; i++) {
		blkid_partition p = blkid_partlist_get_partition(list, i);
		char hint[40], uuid[40];
		struct scheme_part part = {
			.number = (unsigned)blkid_partition_get_partno(p),
			.writable = writable,
			.hint = hint,
			.name = or_empty(blkid_partition_get_name(p)),
			.uuid = uuid,
		};

		if (!partition_place(p, size, &part) ||
		    !range_inside(part.base, part.size, size))
			continue;
		copy_upper(hint, sizeof(hint),
			   or_empty(blkid_partition_get_type_string(p)));
		copy_upper(uuid, sizeof(uuid),
			   or_empty(blkid_partition_get_uuid(p)));
		r = publish(arg, &part);
	}
	return MIN(r, 0);
}

static int gpt_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	uint64_t size = medium->size;
	uint32_t sector = medium->sector;
	_cleanup_probe_ blkid_probe probe = NULL;
	blkid_partlist list;
	blkid_parttable table;
	uint32_t made_for;
	bool backup;
	int r;

	(void)score;
	why[0] = '\0';
	if (!sector_is_possible(sector))
		return -EINVAL;
	made_for = verdict_gpt_sector(medium->fd, size, sector);
	r = verdict_gpt(medium->fd, size, made_for, why);
	if (r < 0)
		return r;
	r = probe_open(medium->fd, size, made_for, &probe);
	if (r < 0)
		return r;
	if (probe_partitions(probe, (char[]){ "gpt" }, &list, &table) < 0) {
		snprintf(why, 128, "GPT is damaged: neither of its tables "
			 "can be used");
		return -EBADMSG;
	}
	backup = blkid_parttable_get_offset(table) != made_for;
	if (backup)
		snprintf(why, 128, "primary GPT header is damaged; read from "
			 "its backup, read-only");
	else if (made_for != sector)
		snprintf(why, 128, "the GPT is for sectors of %u bytes",
			 made_for);
	return publish_gpt(list, size, !backup, publish, arg);
}

/*
 * Calls @publish, unless it is NULL, for all that counts: no containers, and
 * nothing from maps inside partitions, which libblkid lists too.  Returns
 * their number or a negative errno.
 */
static int publish_mbr(blkid_partlist list, uint64_t size,
		       scheme_publish_fn *publish, void *arg)
{
	int n = blkid_partlist_numof_partitions(list), found = 0;

	for (int i = 0; i < n; i++) {
		blkid_partition p = blkid_partlist_get_partition(list, i);
		blkid_parttable table = blkid_partition_get_table(p);
		int r, type = blkid_partition_get_type(p);
		char hint[8];
		struct scheme_part part = {
			.number = (unsigned)blkid_partition_get_partno(p),
			.writable = true,
			.hint = hint_mbr((uint8_t)type, hint),
			.name = "",
			.uuid = or_empty(blkid_partition_get_uuid(p)),
		};

		if (type == 0 || blkid_partition_is_extended(p) ||
		    !streq(or_empty(blkid_parttable_get_type(table)), "dos") ||
		    !partition_place(p, size, &part))
			continue;
		part.size = MIN(part.size, size - part.base);
		r = publish ? publish(arg, &part) : 0;
		if (r < 0)
			return r;
		found++;
	}
	return found;
}

static int mbr_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	uint64_t size = medium->size;
	uint32_t sector = medium->sector;
	_cleanup_probe_ blkid_probe probe = NULL;
	blkid_partlist list;
	blkid_parttable table;
	uint32_t made_for;
	int r;

	(void)score;
	why[0] = '\0';
	if (!sector_is_possible(sector))
		return -EINVAL;
	made_for = verdict_mbr_sector(medium->fd, size, sector);
	r = verdict_mbr(medium->fd, size, made_for, why);
	if (r < 0)
		return r;
	if (made_for != sector && why[0] == '\0')
		snprintf(why, 128, "the MBR is for sectors of %u bytes",
			 made_for);
	r = probe_open(medium->fd, size, made_for, &probe);
	if (r < 0)
		return r;
	if (probe_partitions(probe, (char[]){ "dos" }, &list, &table) < 0) {
		snprintf(why, 128,
			 "a boot signature, but no partition table before it");
		return -ENODEV;
	}
	if (publish_mbr(list, size, NULL, NULL) == 0) {
		snprintf(why, 128, "the MBR has no partitions");
		return -ENODEV;
	}
	r = publish_mbr(list, size, publish, arg);
	return MIN(r, 0);
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

const struct scheme gpt_scheme = {
	.name = "gpt",
	.content = "GUID_partition_scheme",
	.score = 4000,
	.scan = gpt_scan,
};

const struct scheme mbr_scheme = {
	.name = "mbr",
	.content = "FDisk_partition_scheme",
	.score = 3000,
	.scan = mbr_scan,
};
