/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken.h - an image with something wrong, and what comes of it
 */
#ifndef BROKEN_H
#define BROKEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "little.h"
#include "util.h"

#define BROKEN_LEN (1u << 20)
#define SECTOR 512u
#define SECTORS (BROKEN_LEN / SECTOR)

/* Zeroes at first; what is beyond BROKEN_LEN in the file stays a hole. */
struct image {
	unsigned char *data;	/* BROKEN_LEN bytes */
	uint64_t size;		/* of the file */
};

#define EXPECT_ANY (-1)

/* What `filterd mount` makes of it, with the key where one was made. */
struct expect {
	int code;		/* its exit code, or EXPECT_ANY */
	/* Of code 0: the files, "SUFFIX:SIZE:MODE " each, or "*". */
	char volumes[4096];
};

/* Adds the file of @size bytes whose name ends in @suffix. */
void expect_volume(struct expect *expect, const char *suffix, uint64_t size,
		   bool writable);
/* As that, for partition @number. */
void expect_partition(struct expect *expect, unsigned number, uint64_t size,
		      bool writable);

/* Made by hand: one bug, named after it. */
struct broken {
	const char *name;	/* of the file, without .img */
	int code;		/* that `filterd mount` exits with */
	void (*make)(struct image *image);
};

/* Each ends with a name of NULL. */
extern const struct broken broken_apple[], broken_gpt[], broken_mbr[],
	broken_luks1[], broken_luks2[], broken_other[];

struct draw;

/* Made by a seed: one kind of bug, wherever the draw puts it. */
struct seeded {
	const char *name;	/* of the files, without "-a.img" */
	void (*make)(struct image *image, struct draw *draw,
		     struct expect *expect);
};

/* Each ends with a name of NULL. */
extern const struct seeded seeded_apple[], seeded_gpt[], seeded_mbr[],
	seeded_luks[];

/* A sound volume, of which files are made that end after each 4 KiB. */
struct cut {
	const char *name;	/* of the files, without "-0004K.img" */
	unsigned first, last;	/* lengths in KiB, multiples of 4 */
	void (*make)(struct image *image);
	/* What is there if it has @size bytes, more than none. */
	void (*expect)(uint64_t size, struct expect *expect);
};

extern const struct cut cuts[];	/* the last has no name */

static inline void put_be64(void *p, uint64_t n)
{
	put_be32(p, (uint32_t)(n >> 32));
	put_be32((unsigned char *)p + 4, (uint32_t)n);
}

#endif /* BROKEN_H */
