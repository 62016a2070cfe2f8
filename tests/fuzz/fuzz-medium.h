/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-medium.h - the bytes of a fuzzer as a medium of any size
 *
 *	bytes		the medium's first bytes ...
 *	tail * 512	... and, of these, its last (a backup map lies there)
 *	4 bytes		size, granule, tail, flags: all remainders
 *
 * With the flag FUZZ_SPARSE the first bytes are sectors instead, each behind
 * its number in 2 bytes: so a short input reaches far into the medium.
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

#define FUZZ_SPARSE	0x80
#define FUZZ_RECORD	(2 + 512)	/* a sector behind its number */

struct fuzz_medium {
	const uint8_t *head, *tail;
	size_t head_len, tail_len;
	uint64_t size;			/* whole granules, not 0 */
	uint32_t granule;
	uint8_t flags;			/* the rest is the target's */
};

/* Where sector record @i lies on the medium. */
static inline uint64_t fuzz_medium_place(const struct fuzz_medium *m, size_t i)
{
	return get_be16(m->head + i * FUZZ_RECORD) * (uint64_t)512;
}

static inline size_t fuzz_medium_records(const struct fuzz_medium *m)
{
	return m->flags & FUZZ_SPARSE ? m->head_len / FUZZ_RECORD : 0;
}

/* The least size that holds all bytes. */
static inline uint64_t fuzz_medium_least(const struct fuzz_medium *m)
{
	uint64_t end = m->flags & FUZZ_SPARSE ? 0 : m->head_len;

	for (size_t i = 0; i < fuzz_medium_records(m); i++)
		end = MAX(end, fuzz_medium_place(m, i) + 512);
	return end + m->tail_len;
}

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
	m->size = MAX(fuzz_medium_least(m), sizes[last[0] % ARRAY_SIZE(sizes)]);
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
	for (size_t i = 0; i < fuzz_medium_records(m); i++)
		fuzz_medium_copy(m->head + i * FUZZ_RECORD + 2,
				 fuzz_medium_place(m, i), 512, buf, off, len);
	if (!(m->flags & FUZZ_SPARSE))
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

static inline void fuzz_medium_put(int fd, const void *data, size_t len,
				   uint64_t off)
{
	FUZZ_CHECK(pwrite(fd, data, len, (off_t)off) == (ssize_t)len);
}

/* The medium as a descriptor that cannot write; the caller's. */
static inline int fuzz_medium_open(const struct fuzz_medium *m)
{
	int rw = fuzz_medium_blank(m), fd;
	char path[32];

	for (size_t i = 0; i < fuzz_medium_records(m); i++)
		fuzz_medium_put(rw, m->head + i * FUZZ_RECORD + 2, 512,
				fuzz_medium_place(m, i));
	if (!(m->flags & FUZZ_SPARSE))
		fuzz_medium_put(rw, m->head, m->head_len, 0);
	fuzz_medium_put(rw, m->tail, m->tail_len, m->size - m->tail_len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", rw);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	close(rw);
	return fd;
}

#endif /* FUZZ_MEDIUM_H */
