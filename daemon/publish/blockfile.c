/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockfile.c - see blockfile.h
 *
 * Code paths: export.c -> here -> edge -> port -> the stack.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "blockfile.h"
#include "edge.h"
#include "util.h"

#define ROWS	16u	/* of figures: workers at once, about */

int blockfile_init(struct blockfile *file, struct store *store)
{
	int r;

	file->store = store;
	file->edge = NULL;
	file->uid = geteuid();
	file->gid = getegid();
	(void)clock_gettime(CLOCK_REALTIME, &file->born);
	port_init(&file->port, store);
	openers_init(&file->openers, &file->port);
	r = figures_init(&file->figures, ROWS, true);
	if (r < 0)
		return r;
	file->edge = edge_new(&file->port);
	return file->edge ? 0 : -ENOMEM;
}

void blockfile_fini(struct blockfile *file)
{
	edge_free(file->edge);
	figures_destroy(&file->figures);
	openers_fini(&file->openers);
}

/* How many of @len bytes at @off lie inside. */
static uint64_t clip(const struct blockfile *file, uint64_t len, uint64_t off)
{
	uint64_t size = store_size(file->store);

	return off < size ? MIN(len, size - off) : 0;
}

static void begin(struct blockfile *file, enum figures_kind kind,
		  struct figures_run *run)
{
	figures_begin(&file->figures, 0, kind, figures_now(), run);
}

int blockfile_read(struct blockfile *file, void *buf, size_t *len,
		   uint64_t off)
{
	size_t inside = (size_t)clip(file, *len, off);
	struct figures_run run;
	int r = 0;

	if (inside > 0) {
		begin(file, FIGURES_READ, &run);
		r = edge_read(file->edge, buf, inside, off);
		figures_end(&run, inside, r);
	}
	if (r == 0)
		*len = inside;
	return r;
}

int blockfile_write(struct blockfile *file, const void *buf, size_t *len,
		    uint64_t off, unsigned flags)
{
	size_t inside = (size_t)clip(file, *len, off);
	struct figures_run run;
	int r;

	if (inside == 0)
		return *len > 0 ? -ENOSPC : 0;
	begin(file, FIGURES_WRITE, &run);
	r = edge_write(file->edge, buf, inside, off, flags);
	figures_end(&run, inside, r);
	if (r == 0)
		*len = inside;
	return r;
}

int blockfile_flush(struct blockfile *file, uint64_t handle)
{
	struct figures_run run;
	int r;

	begin(file, FIGURES_FLUSH, &run);
	r = openers_flush(&file->openers, handle);
	figures_end(&run, 0, r);
	return r;
}

static int zero(struct blockfile *file, uint64_t len, uint64_t off,
		unsigned flags)
{
	struct figures_run run;
	int r;

	begin(file, FIGURES_ZERO, &run);
	r = edge_zero(file->edge, len, off, flags);
	figures_end(&run, len, r);
	return r;
}

/*
 * Loop devices send PUNCH_HOLE for write-zeroes too, so freeing is never all
 * that it asks for.  Where zeros would have to be written instead it is not
 * supported: else a trim of a file system on an encrypted volume would fill
 * all its free space with them, and what gains by a hole has another way.
 */
int blockfile_allocate(struct blockfile *file, int mode, uint64_t len,
		       uint64_t off)
{
	uint64_t inside = clip(file, len, off);
	unsigned flags = 0;

	switch (mode) {
	case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE:
		if (!file->store->frees)
			return -EOPNOTSUPP;
		flags = FILTER_FREE;
		break;
	case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE:
		break;
	case FALLOC_FL_ZERO_RANGE:
		if (inside < len)
			return -ENOSPC;
		break;
	default:
		return -EOPNOTSUPP;
	}
	return inside > 0 ? zero(file, inside, off, flags) : 0;
}

/* A hole is what reads as zeros: what is merely not allocated may read as
   anything. */
int blockfile_seek(struct blockfile *file, int whence, uint64_t *off)
{
	struct filter_next *next = &file->port.face;
	uint64_t size = store_size(file->store), at, len;
	bool hole = whence == SEEK_HOLE;
	unsigned what;
	int r;

	if (!hole && whence != SEEK_DATA)
		return -EINVAL;
	if (*off >= size)
		return -ENXIO;
	for (at = round_down(*off, next->medium->granule); at < size;
	     at += len) {
		len = size - at;
		r = next->map(next, at, &len, &what);
		if (r < 0)
			return r;
		if (((what & FILTER_ZERO) != 0) == hole)
			break;
	}
	if (at >= size && !hole)
		return -ENXIO;
	*off = MAX(*off, at);
	return 0;
}

void blockfile_stat(const struct blockfile *file, struct stat *ret)
{
	const struct filter_medium *medium = &file->store->medium;
	uint64_t allocated = file->store->ops->allocated(file->store);

	*ret = (struct stat){
		.st_mode = S_IFREG | (medium->writable ? 0600 : 0400),
		.st_nlink = 1,
		.st_uid = file->uid,
		.st_gid = file->gid,
		.st_size = (off_t)store_size(file->store),
		.st_blksize = (blksize_t)medium->granule,
		.st_blocks = (blkcnt_t)(allocated / 512),
		.st_atim = file->born,
		.st_mtim = file->born,
		.st_ctim = file->born,
	};
}

void blockfile_statfs(const struct blockfile *file, struct statvfs *ret)
{
	const struct filter_medium *medium = &file->store->medium;
	uint64_t allocated = file->store->ops->allocated(file->store);
	uint64_t size = store_size(file->store);
	uint64_t unused = size - MIN(allocated, size);

	*ret = (struct statvfs){
		.f_bsize = medium->granule,
		.f_frsize = medium->granule,
		.f_blocks = size / medium->granule,
		.f_bfree = unused / medium->granule,
		.f_bavail = unused / medium->granule,
		.f_files = 1,
		.f_namemax = NAME_MAX,
	};
}
