/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * write.c - makes a partition map: GPT and MBR through libfdisk
 *
 * libfdisk is told where each partition goes and asked nothing.  With no
 * callback for its dialogs it neither prints nor asks; on a descriptor that it
 * did not open it tells the kernel nothing.
 */
#include <errno.h>
#include <libfdisk/libfdisk.h>
#include <stdio.h>
#include <sys/stat.h>

#include "apple-write.h"
#include "cleanup.h"
#include "hint.h"
#include "plan.h"
#include "utf8.h"
#include "util.h"
#include "write.h"

enum {
	ALIGN = 1 << 20,
	UNIT = 4096,			/* so that any file system fits */
	GPT_ENTRIES = 128,
	GPT_NAME = 36,			/* UTF-16 units */
	MBR_SLOTS = 4,
	MBR_EXTENDED = 0x0f,
};

static void cleanup_context(struct fdisk_context **context)
{
	fdisk_unref_context(*context);
}

static void cleanup_partition(struct fdisk_partition **partition)
{
	fdisk_unref_partition(*partition);
}

static void cleanup_type(struct fdisk_parttype **type)
{
	fdisk_unref_parttype(*type);
}

static int set_type(struct fdisk_partition *partition, bool gpt,
		    const char *name)
{
	_cleanup_(cleanup_type)
	struct fdisk_parttype *type = fdisk_new_parttype();
	uint8_t code = 0;
	int r;

	if (!type)
		return -ENOMEM;
	if (gpt) {
		r = fdisk_parttype_set_typestr(type, name);
	} else {
		r = hint_mbr_type(name, &code);
		if (r == 0)
			r = fdisk_parttype_set_code(type, code);
	}
	return r < 0 ? r : fdisk_partition_set_type(partition, type);
}

/* @number counts from 0, as libfdisk does. */
static int add_partition(struct fdisk_context *context, size_t number,
			 const struct plan_part *part)
{
	_cleanup_(cleanup_partition)
	struct fdisk_partition *partition = fdisk_new_partition();
	uint64_t sector = fdisk_get_sector_size(context);
	bool gpt = fdisk_is_label(context, GPT);
	int r;

	if (!partition)
		return -ENOMEM;
	r = fdisk_partition_set_partno(partition, number);
	if (r == 0)
		r = fdisk_partition_set_start(partition, part->start / sector);
	if (r == 0)
		r = fdisk_partition_set_size(partition, part->size / sector);
	if (r == 0)
		r = fdisk_partition_size_explicit(partition, 1);
	if (r == 0 && part->name[0] != '\0')
		r = fdisk_partition_set_name(partition, part->name);
	if (r == 0)
		r = set_type(partition, gpt, part->type);
	return r < 0 ? r : fdisk_add_partition(context, partition, NULL);
}

static int open_context(int fd, uint32_t sector, const char *label,
			struct fdisk_context **ret)
{
	_cleanup_(cleanup_context)
	struct fdisk_context *context = fdisk_new_context();
	int r;

	if (!context)
		return -ENOMEM;
	r = fdisk_disable_dialogs(context, 1);
	if (r == 0)
		r = fdisk_save_user_sector_size(context, sector, sector);
	if (r == 0)
		r = fdisk_assign_device_by_fd(context, fd, "the new image", 0);
	if (r == 0)
		r = fdisk_create_disklabel(context, label);
	if (r < 0)
		return r;
	*ret = take_ptr(&context);
	return 0;
}

/* The container of the logical partitions, from before the first of them to
   the end of the last. */
static int add_extended(struct fdisk_context *context,
			const struct plan_part *parts, size_t n)
{
	uint64_t start = parts[MBR_SLOTS - 1].start - ALIGN;
	struct plan_part extended = {
		.start = start,
		.size = parts[n - 1].start + parts[n - 1].size - start,
		.name = "",
	};

	snprintf(extended.type, sizeof(extended.type), "0x%02X", MBR_EXTENDED);
	return add_partition(context, MBR_SLOTS - 1, &extended);
}

static int add_all(struct fdisk_context *context, bool gpt,
		   const struct plan_part *parts, size_t n, struct failure *f)
{
	bool logical = !gpt && n > MBR_SLOTS;
	int r;

	for (size_t i = 0; i < n; i++) {
		bool inside = logical && i >= MBR_SLOTS - 1;

		if (logical && i == MBR_SLOTS - 1) {
			r = add_extended(context, parts, n);
			if (r < 0)
				return failure_errno(f, r, "cannot add the "
						     "extended partition");
		}
		r = add_partition(context, inside ? i + 1 : i, &parts[i]);
		if (r < 0)
			return failure_errno(f, r, "cannot add partition %zu",
					     i + 1);
	}
	return 0;
}

/* UTF-16 units of @name; -EINVAL if it is not UTF-8. */
static int utf16_len(const char *name)
{
	size_t len = strlen(name), used;
	uint32_t character;
	int units = 0;

	for (; len > 0; name += used, len -= used) {
		used = utf8_first(name, len, &character);
		if (used == 0)
			return -EINVAL;
		units += character > 0xffff ? 2 : 1;
	}
	return units;
}

static int check_gpt(const struct write_part *parts, size_t n,
		     struct failure *f)
{
	if (n > GPT_ENTRIES)
		return failure_set(f, -EINVAL, EXIT_USAGE, "a GPT holds at "
				   "most %d partitions", GPT_ENTRIES);
	for (size_t i = 0; i < n; i++) {
		int units = utf16_len(or_empty(parts[i].name));

		if (units < 0 || units > GPT_NAME)
			return failure_set(f, -EINVAL, EXIT_USAGE,
					   "partition %zu: its name is not "
					   "UTF-8, or longer than %d "
					   "characters", i + 1, GPT_NAME);
	}
	return 0;
}

static int check_mbr(uint64_t size, uint32_t sector,
		     const struct write_part *parts, size_t n,
		     struct failure *f)
{
	if (n > GPT_ENTRIES || size / sector > UINT32_MAX) {
		failure_hint(f, "use the scheme 'gpt'");
		return failure_set(f, -EINVAL, EXIT_UNSUPPORTED, n >
				   GPT_ENTRIES ?
				   "too many partitions for an MBR" :
				   "the disk is too large for an MBR");
	}
	for (size_t i = 0; i < n; i++)
		if (or_empty(parts[i].name)[0] != '\0') {
			failure_hint(f, "leave the name out, or use the scheme "
				     "'gpt'");
			return failure_set(f, -EINVAL, EXIT_USAGE, "partition "
					   "%zu: an MBR holds no names", i + 1);
		}
	return 0;
}

static int fdisk_write(int fd, uint64_t size, uint32_t sector, bool gpt,
		       const struct write_part *parts, size_t n,
		       struct failure *f)
{
	_cleanup_(cleanup_context) struct fdisk_context *context = NULL;
	struct plan_part planned[GPT_ENTRIES];
	struct plan_rule rule = {
		.scheme = gpt ? "gpt" : "mbr",
		.first = ALIGN,
		.align = ALIGN,
		.unit = UNIT,
		.gap_from = gpt || n <= MBR_SLOTS ? n : MBR_SLOTS - 1,
		.gap = ALIGN,
	};
	int r = gpt ? check_gpt(parts, n, f) :
		      check_mbr(size, sector, parts, n, f);

	if (r < 0)
		return r;
	r = open_context(fd, sector, gpt ? "gpt" : "dos", &context);
	if (r < 0)
		return failure_errno(f, r, "cannot begin a partition map");
	rule.end = (fdisk_get_last_lba(context) + 1) * sector;
	r = plan_make(&rule, parts, n, planned, f);
	if (r == 0)
		r = add_all(context, gpt, planned, n, f);
	if (r < 0)
		return r;
	r = fdisk_write_disklabel(context);
	if (r < 0)
		return failure_errno(f, r, "cannot write the partition map");
	return 0;
}

static int check_place(int fd, uint64_t size, uint32_t sector,
		       struct failure *f)
{
	struct stat st;

	if (!is_power_of_two(sector) || sector < 512 || sector > 4096)
		return failure_set(f, -EINVAL, EXIT_USAGE, "a disk cannot "
				   "have sectors of %u bytes", sector);
	if (fstat(fd, &st) < 0)
		return failure_errno(f, -errno, "cannot look at the image");
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size != size)
		return failure_set(f, -EINVAL, EXIT_FAILED, "the image does "
				   "not have the size that its map is for");
	if (size > INT64_MAX || size < 2 * ALIGN)
		return failure_set(f, -ENOSPC, EXIT_USAGE, "a disk with a "
				   "partition map must have at least 2 MiB");
	return 0;
}

int write_map(int fd, uint64_t size, uint32_t sector, const char *scheme,
	      const struct write_part *parts, size_t n, struct failure *f)
{
	int r = check_place(fd, size, sector, f);

	if (r < 0)
		return r;
	if (streq(scheme, "apple"))
		r = apple_write(fd, size, sector, parts, n, f);
	else if (streq(scheme, "gpt") || streq(scheme, "mbr"))
		r = fdisk_write(fd, size, sector, streq(scheme, "gpt"), parts,
				n, f);
	else
		r = failure_set(f, -EINVAL, EXIT_USAGE,
				"there is no partition scheme '%s'", scheme);
	if (r == 0 && fsync(fd) < 0)
		r = failure_errno(f, -errno, "cannot flush the image");
	return r;
}
