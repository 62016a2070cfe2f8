/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-apple.c - any bytes as an Apple map, and the map made of what it says
 *
 * Parts lie inside the medium, in order, and none is published of a map that
 * is refused; a map that is written of what was read is read as it was meant.
 */
#include <strings.h>

#include "apple.h"
#include "failure.h"
#include "fuzz-medium.h"
#include "hint.h"
#include "partmap.h"
#include "write.h"

/* Flags: publish fails at a part; the medium is a partition; its last sector
   comes again and again, or no input were long enough for a map too long. */
enum { STOPS = 1, INSIDE = 2, REPEATS = 4 };

struct found {
	struct scheme_part part;
	char hint[64], name[64];
};

struct scan {
	const struct fuzz_medium *medium;
	struct found parts[PARTMAP_MAX_PARTS];
	size_t n, stop_at;		/* 0: nowhere */
	int result, score;
	char why[128];
};

static int keep(void *arg, const struct scheme_part *part)
{
	struct scan *scan = arg;
	struct found *found;

	FUZZ_CHECK(scan->n < PARTMAP_MAX_PARTS);
	if (scan->stop_at && scan->n + 1 == scan->stop_at)
		return -ECANCELED;
	FUZZ_CHECK(part->size > 0);
	FUZZ_CHECK(range_inside(part->base, part->size, scan->medium->size));
	FUZZ_CHECK(part->number >= 1 && part->number <= PARTMAP_MAX_PARTS);
	FUZZ_CHECK(scan->n == 0 ||
		   part->number > scan->parts[scan->n - 1].part.number);
	FUZZ_CHECK(strlen(part->hint) <= APPLE_STRING);
	FUZZ_CHECK(strlen(part->name) <= APPLE_STRING);
	FUZZ_CHECK(streq(part->uuid, ""));
	found = &scan->parts[scan->n++];
	found->part = *part;
	strcpy(found->hint, part->hint);
	strcpy(found->name, part->name);
	return 0;
}

static void scan_run(struct scan *scan, const struct fuzz_medium *m, int fd)
{
	scan->medium = m;
	scan->n = 0;
	scan->score = apple_scheme.score;
	memset(scan->why, 'x', sizeof(scan->why));
	scan->result = apple_scheme.scan(&(struct scheme_medium){
		.fd = fd, .size = m->size, .sector = m->granule,
		.place = { .hint = "", .scheme = m->flags & INSIDE ? "gpt" : "" },
	}, &scan->score, scan->why, keep, scan);
	FUZZ_CHECK(memchr(scan->why, '\0', sizeof(scan->why)));
	FUZZ_CHECK(scan->score == 2000 || scan->score == 4000);
	if (scan->result == -ECANCELED && scan->stop_at) {
		FUZZ_CHECK(scan->n + 1 == scan->stop_at);
		return;
	}
	FUZZ_CHECK(scan->result == 0 || scan->result == -ENODEV ||
		   scan->result == -EBADMSG);
	FUZZ_CHECK(scan->result == 0 || (scan->n == 0 && scan->why[0]));
}

/* The parts of @scan that somebody could ask for. */
static size_t wanted(const struct scan *scan, struct write_part *parts,
		     size_t max)
{
	char type[64];
	size_t n = 0;

	for (size_t i = 0; i < scan->n && n < max; i++) {
		const struct found *found = &scan->parts[i];

		if (hint_resolve(found->hint, "apple", type,
				 sizeof(type)) < 0)
			continue;
		parts[n++] = (struct write_part){
			.size = found->part.size, .type = found->hint,
			.name = found->name,
		};
	}
	return n;
}

/* Its own entry, and what is free, are the map's to add. */
static bool is_data(const struct found *found)
{
	return strcasecmp(found->hint, "Apple_partition_map") != 0 &&
	       !streq(found->hint, "Apple_Free");
}

static void check_written(const struct scan *read,
			  const struct write_part *parts, size_t n)
{
	uint64_t end = 0;
	size_t i = 0;

	FUZZ_CHECK(read->result == 0 && read->score == 4000);
	for (size_t k = 0; k < read->n; k++) {
		const struct found *found = &read->parts[k];
		char type[64];

		FUZZ_CHECK(found->part.base >= end);
		end = found->part.base + found->part.size;
		if (!is_data(found))
			continue;
		FUZZ_CHECK(i < n && found->part.writable);
		FUZZ_CHECK(hint_resolve(parts[i].type, "apple", type,
					sizeof(type)) == 0);
		FUZZ_CHECK(streq(found->hint, type));
		FUZZ_CHECK(streq(found->name, parts[i].name));
		FUZZ_CHECK(found->part.size == round_up(parts[i].size, 4096));
		i++;
	}
	FUZZ_CHECK(i == n);
}

/* A medium like the one that was read, with a map of the same partitions. */
static void write_again(const struct fuzz_medium *m, struct scan *scan)
{
	struct write_part parts[128];
	struct failure f = { 0 };
	size_t n = wanted(scan, parts, ARRAY_SIZE(parts));
	static struct scan again;
	int fd = fuzz_medium_blank(m);
	int r = write_map(fd, m->size, m->granule, "apple", parts, n, &f);

	FUZZ_CHECK(r == 0 || ((r == -EINVAL || r == -ENOSPC) && f.text[0]));
	if (r == 0) {
		scan_run(&again, m, fd);
		check_written(&again, parts, n);
	}
	close(fd);
}

static void repeat(struct fuzz_medium *m)
{
	static uint8_t whole[(PARTMAP_MAX_PARTS + 64) * APPLE_RECORD];
	size_t len = m->head_len - m->head_len % APPLE_RECORD;

	if (len == 0 || len > sizeof(whole) / 2)
		return;
	memcpy(whole, m->head, len);
	for (; len < sizeof(whole); len += APPLE_RECORD)
		memcpy(whole + len, whole + len - APPLE_RECORD, APPLE_RECORD);
	m->head = whole;
	m->head_len = len;
	m->size = round_up(MAX(m->size, (uint64_t)len), m->granule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scan scan;
	struct fuzz_medium m;
	int fd;

	if (!fuzz_medium_take(&m, data, size))
		return -1;
	if ((m.flags & REPEATS) && !(m.flags & FUZZ_SPARSE))
		repeat(&m);
	fd = fuzz_medium_open(&m);
	scan.stop_at = 0;
	scan_run(&scan, &m, fd);
	if (scan.result == 0)
		write_again(&m, &scan);
	if (scan.n > 0 && (m.flags & STOPS)) {
		scan.stop_at = 1 + m.flags % scan.n;
		scan_run(&scan, &m, fd);
		FUZZ_CHECK(scan.result == -ECANCELED);
	}
	close(fd);
	return 0;
}
