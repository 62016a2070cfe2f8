/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * geometry.c - how large a disk or image is, and in what pieces it is used
 *
 * Code paths: opening a device, and looking again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "geometry.h"
#include "scratch.h"
#include "sysfs.h"

#define SECTOR_MIN	512u
#define SECTOR_MAX	4096u		/* of an image */
#define GRANULE_MAX	65536u		/* of any medium */

/* Whether the disk's queue takes what "LIMIT_max_bytes" is for; a
   partition's is in the directory above. */
static bool queue_takes(dev_t number, const char *limit)
{
	static const char *const places[] = { "queue", "../queue" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char name[64], text[24];

		(void)snprintf(name, sizeof(name), "%s/%s_max_bytes",
			       places[i], limit);
		if (sysfs_attribute(number, name, text, sizeof(text)))
			return strtoull(text, NULL, 10) > 0;
	}
	return false;
}

static int measure_block(int fd, const struct stat *st, struct store *store)
{
	struct filter_medium *medium = &store->medium;
	int sector = 0, readonly = 0;

	if (ioctl(fd, BLKGETSIZE64, &medium->size) < 0 ||
	    ioctl(fd, BLKSSZGET, &sector) < 0 ||
	    ioctl(fd, BLKROGET, &readonly) < 0)
		return -errno;
	if (sector < (int)SECTOR_MIN || sector > (int)GRANULE_MAX)
		return -EINVAL;
	medium->granule = (uint32_t)sector;
	medium->writable = medium->writable && !readonly;
	medium->discards = queue_takes(st->st_rdev, "discard");
	store->frees = medium->discards &&
		       queue_takes(st->st_rdev, "write_zeroes");
	return 0;
}

static int measure_file(const struct stat *st, uint32_t sector,
			struct store *store)
{
	struct filter_medium *medium = &store->medium;

	if (sector == 0)
		sector = SECTOR_MIN;
	if (sector < SECTOR_MIN || sector > SECTOR_MAX)
		return -EINVAL;
	medium->size = (uint64_t)st->st_size;
	medium->granule = sector;
	medium->discards = true;
	store->frees = true;
	return 0;
}

int geometry_measure(int fd, uint32_t sector, struct store *store,
		     bool *ret_block)
{
	struct filter_medium *medium = &store->medium;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret_block = S_ISBLK(st.st_mode);
	if (S_ISBLK(st.st_mode))
		r = measure_block(fd, &st, store);
	else if (S_ISREG(st.st_mode))
		r = measure_file(&st, sector, store);
	else
		r = -ENOTBLK;
	if (r < 0)
		return r;
	if (!is_power_of_two(medium->granule))
		return -EINVAL;
	medium->size = round_down(medium->size, medium->granule);
	medium->best = MAX(medium->granule, (uint32_t)st.st_blksize);
	return medium->size > 0 ? 0 : -ENXIO;
}

int geometry_size(int fd, uint32_t granule, uint64_t *ret)
{
	uint64_t size;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	size = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &size) < 0)
		return -errno;
	size = round_down(size, granule);
	if (size == 0)
		return -ENXIO;
	*ret = size;
	return 0;
}

/*
 * Direct I/O where every request fits it.  The flag is set on the descriptor
 * that we were given, not on a second one: locks and claims hang on that.
 */
void geometry_go_direct(int fd, uint32_t granule, uint32_t *ret_memory_align,
			uint32_t *ret_step)
{
	struct statx stx;
	int flags = fcntl(fd, F_GETFL);

	*ret_memory_align = *ret_step = 1;
	if (flags < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN,
			       &stx) < 0)
		return;
	if (!(stx.stx_mask & STATX_DIOALIGN) ||
	    !is_power_of_two(stx.stx_dio_offset_align) ||
	    !is_power_of_two(stx.stx_dio_mem_align) ||
	    stx.stx_dio_offset_align > granule ||
	    stx.stx_dio_mem_align > SCRATCH_ALIGN)
		return;
	if (fcntl(fd, F_SETFL, flags | O_DIRECT) < 0)
		return;
	*ret_memory_align = stx.stx_dio_mem_align;
	*ret_step = stx.stx_dio_offset_align;
}
