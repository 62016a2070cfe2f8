/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-medium.h - the bytes of a fuzzer as a medium of any size
 *
 *	bytes		the medium's first bytes ...
 *	tail * 512	... and, of these, its last (a backup map lies there)
 *	4 bytes		size, granule, tail, flags: all remainders
 *
 * What tells of the medium comes last, so that an image is an input as it is.
 */
#ifndef FUZZ_MEDIUM_H
#define FUZZ_MEDIUM_H

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

#include "fuzz.h"

struct fuzz_medium {
	const uint8_t *head, *tail;
	size_t head_len, tail_len;
	uint64_t size;			/* whole granules, not 0 */
	uint32_t granule;
	uint8_t flags;			/* the target's */
};

/* False: too short to be one. */
static inline bool fuzz_medium_take(struct fuzz_medium *m, const uint8_t *data,
				    size_t len)
{
	static const uint32_t granules[] = { 512, 4096, 1024, 2048, 65536 };
	/* As long as it is; or that of a card, a disk, one beyond 2 TiB. */
	static const uint64_t sizes[] = { 0, 1ull << 20, 5ull << 20,
					  3ull << 30, 5ull << 40, 90ull << 40 };
	const uint8_t *last;

	if (len < 4)
		return false;
	len -= 4;
	last = data + len;
	m->granule = granules[last[1] % ARRAY_SIZE(granules)];
	m->tail_len = MIN(last[2] * (size_t)512, len);
	m->head_len = len - m->tail_len;
	m->head = data;
	m->tail = data + m->head_len;
	m->flags = last[3];
	m->size = MAX((uint64_t)len, sizes[last[0] % ARRAY_SIZE(sizes)]);
	m->size = round_up(MAX(m->size, (uint64_t)1), m->granule);
	return true;
}

/* Copies what [at, at + n) and [off, off + len) have in common. */
static inline void fuzz_medium_copy(const uint8_t *from, uint64_t at,
				    uint64_t n, uint8_t *to, uint64_t off,
				    size_t len)
{
	uint64_t start = MAX(at, off), end = MIN(at + n, off + len);

	if (start < end)
		memcpy(to + (start - off), from + (start - at), end - start);
}

static inline void fuzz_medium_read(const struct fuzz_medium *m, void *buf,
				    size_t len, uint64_t off)
{
	memset(buf, 0, len);
	fuzz_medium_copy(m->head, 0, m->head_len, buf, off, len);
	fuzz_medium_copy(m->tail, m->size - m->tail_len, m->tail_len, buf, off,
			 len);
}

/* An empty file of the medium's size, in memory; the caller's. */
static inline int fuzz_medium_blank(const struct fuzz_medium *m)
{
	int fd = memfd_create("medium", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && ftruncate(fd, (off_t)m->size) == 0);
	return fd;
}

/* The medium as a descriptor that cannot write; the caller's. */
static inline int fuzz_medium_open(const struct fuzz_medium *m)
{
	int rw = fuzz_medium_blank(m), fd;
	char path[32];

	FUZZ_CHECK(pwrite(rw, m->head, m->head_len, 0) ==
		   (ssize_t)m->head_len);
	FUZZ_CHECK(pwrite(rw, m->tail, m->tail_len,
			  (off_t)(m->size - m->tail_len)) ==
		   (ssize_t)m->tail_len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", rw);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	close(rw);
	return fd;
}

#endif /* FUZZ_MEDIUM_H */
