/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * header.c - see header.h
 */
#define _GNU_SOURCE	/* memfd_create() */
#include "header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_GRANULE	65536u		/* the largest that a medium has */

int header_peek(struct filter_next *next, void *buf, size_t len, uint64_t off)
{
	uint32_t granule = next->medium->granule;
	uint64_t start = off - off % granule;
	uint64_t end = off + len + granule - 1;
	unsigned char *whole;
	int r;

	end -= end % granule;
	if (end > next->medium->size)
		return -ENODATA;
	/* Both ends of 4096 bytes may lie in the middle of a granule. */
	whole = aligned_alloc(4096, 2 * HEADER_GRANULE);
	if (!whole)
		return -ENOMEM;
	r = next->read(next, whole, (size_t)(end - start), start);
	if (r == 0)
		memcpy(buf, whole + (off - start), len);
	free(whole);
	return r;
}

int header_open(struct header *h, struct filter_next *next,
		struct filter_next *from)
{
	*h = (struct header){ .next = next, .from = from, .fd = -1 };
	h->buf = aligned_alloc(4096, FILTER_MAX_IO);
	if (!h->buf)
		return -ENOMEM;
	h->fd = memfd_create("luks-header", MFD_CLOEXEC);
	if (h->fd < 0 || ftruncate(h->fd, HEADER_MAX) < 0)
		return -errno;
	(void)snprintf(h->path, sizeof(h->path), "/proc/self/fd/%d", h->fd);
	return 0;
}

void header_close(struct header *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	free(h->buf);
}

static int header_put(struct header *h, size_t len, uint64_t off)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = pwrite(h->fd, h->buf + at, len - at,
				   (off_t)(off + at));

		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static bool is_media_error(int r)
{
	return r == -EIO || r == -ENODATA || r == -EILSEQ || r == -EBADMSG;
}

/* A piece that did not come at once: what can be had of it. */
static int header_rescue(struct header *h, size_t len, uint64_t off)
{
	size_t step = h->from->medium->granule;

	if (step < 4096)
		step = len % 4096 == 0 ? 4096 : 512;
	for (size_t at = 0; at < len; at += step) {
		int r = h->next->progress(h->next, off + at, HEADER_MAX);

		if (r < 0)
			return r;
		r = h->from->read(h->from, h->buf + at, step, off + at);
		if (r < 0 && !is_media_error(r))
			return r;
		if (r < 0) {
			memset(h->buf + at, 0, step);
			h->unreadable = true;
		}
	}
	return 0;
}

/* Fills buf.  @off and @len: whole granules. */
static int header_get(struct header *h, size_t len, uint64_t off)
{
	int r = h->from->read(h->from, h->buf, len, off);

	return is_media_error(r) ? header_rescue(h, len, off) : r;
}

/* [*off, *end) in whole granules, inside the medium and the copy. */
static void header_clip(const struct header *h, uint64_t *off, uint64_t *end,
			uint64_t len)
{
	uint64_t limit = h->from->medium->size;
	uint32_t granule = h->from->medium->granule;

	if (limit > HEADER_MAX)
		limit = HEADER_MAX;
	if (*off > limit)
		*off = limit;
	*end = len < limit - *off ? *off + len : limit;
	*off -= *off % granule;
	*end += granule - 1;
	*end -= *end % granule;
}

int header_copy(struct header *h, uint64_t off, uint64_t len)
{
	uint64_t end;

	header_clip(h, &off, &end, len);
	while (off < end) {
		size_t piece = end - off < FILTER_MAX_IO ?
			       (size_t)(end - off) : FILTER_MAX_IO;
		int r = h->next->progress(h->next, off, end);

		if (r == 0)
			r = header_get(h, piece, off);
		if (r == 0)
			r = header_put(h, piece, off);
		if (r < 0)
			return r;
		off += piece;
	}
	return 0;
}

int header_read(const struct header *h, void *buf, size_t len, uint64_t off)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = pread(h->fd, (char *)buf + at, len - at,
				  (off_t)(off + at));

		if (n == 0 || (n < 0 && errno != EINTR))
			return n < 0 ? -errno : -EIO;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}
