/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excerpt.c - see excerpt.h
 *
 * This reads an MBR in the daemon itself, so it believes nothing: the numbers
 * only choose which ranges are copied, and how many is bounded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "util.h"

#include "excerpt.h"

#define PIECE		FILTER_MAX_IO
#define SLICE		16384u	/* of each primary: a map inside lies there */
#define MBR_ENTRIES	446	/* offsets in the sector (UEFI 2.10, 5.2.1) */
#define MBR_ENTRY	16
#define MBR_MAGIC	510

struct excerpt {
	struct store *store;
	int fd;
	unsigned char *piece;	/* aligned, PIECE bytes */
};

/* Copies what of [off, off + len) lies inside, widened to whole granules. */
static int copy(const struct excerpt *x, uint64_t off, uint64_t len)
{
	const struct filter_medium *m = &x->store->medium;
	uint64_t end;

	if (off >= m->size)
		return 0;
	end = round_up(off + MIN(len, m->size - off), m->granule);
	off = round_down(off, m->granule);
	while (off < end) {
		size_t n = (size_t)MIN(end - off, (uint64_t)PIECE);
		int r = store_read(x->store, x->piece, n, off);

		if (r < 0)
			return r;
		if (pwrite(x->fd, x->piece, n, (off_t)off) != (ssize_t)n)
			return -EIO;
		off += n;
	}
	return 0;
}

/* What only adds to what the head says: where the disk has gone bad there, the
   rest of the medium is still worth opening. */
static int copy_if_readable(const struct excerpt *x, uint64_t off,
			    uint64_t len)
{
	int r = copy(x, off, len);

	return r == -EIO || r == -EILSEQ || r == -ENODATA ? 0 : r;
}

static bool is_extended(const unsigned char *entry)
{
	return entry[4] == 0x05 || entry[4] == 0x0f || entry[4] == 0x85;
}

static uint64_t entry_start(const unsigned char *entry)
{
	return entry[8] | (uint64_t)entry[9] << 8 | (uint64_t)entry[10] << 16 |
	       (uint64_t)entry[11] << 24;
}

/* The four entries of the map sector that begins at @off; 0 or -ENOENT. */
static int read_entries(const struct excerpt *x, uint64_t off,
			unsigned char entries[4 * MBR_ENTRY])
{
	unsigned char sector[512];

	if (pread(x->fd, sector, sizeof(sector), (off_t)off) !=
	    sizeof(sector))
		return -ENOENT;
	if (sector[MBR_MAGIC] != 0x55 || sector[MBR_MAGIC + 1] != 0xaa)
		return -ENOENT;
	memcpy(entries, sector + MBR_ENTRIES, 4 * MBR_ENTRY);
	return 0;
}

/* Each link names the next, counted from the first; a circle ends too. */
static int copy_chain(const struct excerpt *x, uint64_t first, uint32_t unit)
{
	uint64_t link = first;

	for (unsigned i = 0; i < EXCERPT_LINKS; i++) {
		unsigned char entries[4 * MBR_ENTRY], *next = NULL;
		int r = copy_if_readable(x, link * unit, unit);

		if (r < 0)
			return r;
		if (read_entries(x, link * unit, entries) < 0)
			return 0;
		for (unsigned k = 0; k < 4 && !next; k++)
			if (is_extended(entries + k * MBR_ENTRY))
				next = entries + k * MBR_ENTRY;
		if (!next)
			return 0;
		link = first + entry_start(next);
	}
	return 0;
}

/* @unit: bytes of what the map counts in. */
static int copy_mbr(const struct excerpt *x, uint32_t unit)
{
	unsigned char entries[4 * MBR_ENTRY];

	if (read_entries(x, 0, entries) < 0)
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		const unsigned char *entry = entries + i * MBR_ENTRY;
		uint64_t start = entry_start(entry);
		int r;

		if (start == 0)
			continue;
		r = is_extended(entry) ? copy_chain(x, start, unit) :
					 copy_if_readable(x, start * unit,
							  SLICE);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill(const struct excerpt *x)
{
	const struct filter_medium *m = &x->store->medium;
	int r = copy(x, 0, PIECE);

	/* A piece that has gone bad takes no other with it. */
	for (uint64_t off = PIECE; r == 0 && off < EXCERPT_HEAD; off += PIECE)
		r = copy_if_readable(x, off, PIECE);
	if (r == 0 && m->size > EXCERPT_TAIL)
		r = copy_if_readable(x, m->size - EXCERPT_TAIL, EXCERPT_TAIL);
	if (r == 0)
		r = copy_mbr(x, 512);
	/* A map made for larger sectors counts in those. */
	if (r == 0 && m->granule > 512)
		r = copy_mbr(x, m->granule);
	return r;
}

int excerpt_open(struct store *store, int *ret_fd)
{
	_cleanup_fd_ int fd = -1;
	_cleanup_free_ unsigned char *piece = aligned_alloc(4096, PIECE);
	int r;

	if (!piece)
		return -ENOMEM;
	fd = memfd_create("medium", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, (off_t)store->medium.size) < 0)
		return -errno;
	r = fill(&(struct excerpt){ store, fd, piece });
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
		  F_SEAL_WRITE) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}
