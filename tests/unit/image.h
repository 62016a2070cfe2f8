/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.h - disk images for the tests of partition maps: made, changed by a
 * byte, scanned
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "partmap.h"
#include "util.h"
#include "write.h"

#include "check.h"

#define MiB (1024 * 1024ull)

static char image_path[] = "/tmp/filterd-image-XXXXXX";
static int image_fd = -1;

/* A part as it was published. */
struct found {
	uint64_t base, size;
	unsigned number;
	bool writable;
	char hint[64], name[128], uuid[40];
};

/* What the last scan came to. */
static struct {
	int result, score;
	char why[128];
	struct found parts[PARTMAP_MAX_PARTS];
	size_t n;
	size_t stop_at;		/* publish fails there; 0: never */
} scanned;

/* Of the media that are scanned. */
static struct scheme_place image_place = { .hint = "", .scheme = "" };

static inline void image_end(void)
{
	if (image_fd >= 0)
		(void)unlink(image_path);
}

/* Begins anew with an empty image, which is gone when the program ends. */
static inline void image_new(uint64_t size)
{
	if (image_fd < 0) {
		image_fd = mkstemp(image_path);
		(void)atexit(image_end);
	}
	CU_ASSERT_TRUE_FATAL(image_fd >= 0);
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 0), 0);
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, (off_t)size), 0);
}

static inline uint64_t image_size(void)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(fstat(image_fd, &st), 0);
	return (uint64_t)st.st_size;
}

static inline void image_put(uint64_t off, const void *data, size_t len)
{
	CU_ASSERT_EQUAL_FATAL(bytes_write(image_fd, data, len, off), 0);
}

static inline void image_put_be32(uint64_t off, uint32_t n)
{
	unsigned char data[4];

	put_be32(data, n);
	image_put(off, data, sizeof(data));
}

/* Runs a command, in which %s is the image, with its output kept away from
   ours.  Tools that make maps stand beside the tests: none may be missing. */
__attribute__((format(printf, 1, 0)))
static inline void image_run(const char *command)
{
	char line[1024];
	int len = snprintf(line, sizeof(line),
			   "PATH=$PATH:/usr/sbin; exec >/dev/null 2>&1; ");

	snprintf(line + len, sizeof(line) - (size_t)len, command, image_path);
	CU_ASSERT_EQUAL_FATAL(system(line), 0);
}

/* The same on a new image of @size bytes; but the second time the result is
   taken from *copy, because the tools wait for all disks to be flushed. */
__attribute__((format(printf, 2, 0)))
static inline void image_make(uint64_t size, const char *command, char **copy)
{
	static const char zeros[4096];

	image_new(size);
	for (uint64_t i = 0; *copy && i < size; i += sizeof(zeros))
		if (memcmp(*copy + i, zeros, sizeof(zeros)) != 0)
			image_put(i, *copy + i, sizeof(zeros));
	if (*copy)
		return;
	image_run(command);
	*copy = malloc(size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(*copy);
	CU_ASSERT_EQUAL_FATAL(bytes_read(image_fd, *copy, size, 0), 0);
}

static inline int image_publish(void *arg, const struct scheme_part *part)
{
	struct found *found = &scanned.parts[scanned.n];

	(void)arg;
	CU_ASSERT_TRUE_FATAL(scanned.n < PARTMAP_MAX_PARTS);
	if (scanned.stop_at && scanned.n + 1 == scanned.stop_at)
		return -ECANCELED;
	*found = (struct found){
		.base = part->base, .size = part->size,
		.number = part->number, .writable = part->writable,
	};
	snprintf(found->hint, sizeof(found->hint), "%s", part->hint);
	snprintf(found->name, sizeof(found->name), "%s", part->name);
	snprintf(found->uuid, sizeof(found->uuid), "%s", part->uuid);
	scanned.n++;
	return 0;
}

/* Scans through a descriptor that cannot write. */
static inline int image_scan(const char *scheme_name, uint32_t sector)
{
	const struct scheme *scheme = partmap_find(scheme_name);
	int fd = open(image_path, O_RDONLY | O_CLOEXEC);

	CU_ASSERT_TRUE_FATAL(fd >= 0 && scheme);
	scanned.n = 0;
	scanned.score = scheme->score;
	memset(scanned.why, 'x', sizeof(scanned.why));
	scanned.result = scheme->scan(&(struct scheme_medium){
		.fd = fd, .size = image_size(), .sector = sector,
		.place = image_place,
	}, &scanned.score, scanned.why, image_publish, NULL);
	close(fd);
	CU_ASSERT_PTR_NOT_NULL(memchr(scanned.why, '\0', 128));
	if (scanned.result < 0 && scanned.result != -ECANCELED)
		CU_ASSERT_EQUAL(scanned.n, 0);
	return scanned.result;
}

/* Whether part @i (from 0) is this: in units of 512 bytes. */
static inline bool image_part_is(size_t i, unsigned number, uint64_t start,
				 uint64_t sectors, const char *hint)
{
	const struct found *found = &scanned.parts[i];

	if (i < scanned.n && found->number == number &&
	    found->base == start * 512 && found->size == sectors * 512 &&
	    streq(found->hint, hint))
		return true;
	printf("# part %zu of %zu: %u at %" PRIu64 ", %" PRIu64 " bytes, %s\n",
	       i, scanned.n, found->number, found->base, found->size,
	       found->hint);
	return false;
}

#endif /* IMAGE_H */
