/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken.c - writes disk images with something wrong in each
 *
 *	broken [--compare] DIR SEED
 *
 * makes DIR with images: one for each bug that somebody thought of, named
 * after it; some hundreds whose bugs are drawn by SEED, the same for the same
 * number; and sound ones that were cut off.  With --compare it looks whether
 * they are still the same, names those that are not, and fails then.
 *
 * DIR/expected gets a line "FILE<TAB>CODE<TAB>VOLUMES" for each: the code that
 * `filterd mount FILE` exits with, given the passphrase of the seeded ones;
 * those made by hand have a key that nobody knows.
 *
 *	0  the map is read, and something on it published: the bug is one that
 *	   can be lived with (clipped, skipped, escaped, read from the backup)
 *	3  there is no map and no header: what is there means nothing to us, or
 *	   a map has nothing on it that could be published
 *	6  a header is read well enough to ask for a key, and none fits
 *	7  a map or header is there without doubt, but cannot be trusted; or
 *	   there is nothing at all, not one sector
 *	9  it is whole, but of a kind that is not supported
 *	-1 any of these: nobody can tell what so much noise amounts to
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broken.h"
#include "cleanup.h"
#include "draw.h"

enum {
	TIMES = 8,		/* images of each kind of bug */
	STEP_KIB = 4,
#ifdef SANITIZED
	CUT_STEP = 32 * STEP_KIB,	/* all of them take minutes */
#else
	CUT_STEP = STEP_KIB,
#endif
};

struct work {
	int dir;
	FILE *expected;
	unsigned changed;
	int (*visit)(struct work *work, const char *name,
		     const struct image *image, const struct expect *expect);
};

void expect_volume(struct expect *expect, const char *suffix, uint64_t size,
		   bool writable)
{
	size_t used = strlen(expect->volumes);

	snprintf(expect->volumes + used, sizeof(expect->volumes) - used,
		 "%s:%llu:%d ", suffix, (unsigned long long)size,
		 writable ? 600 : 400);
}

void expect_partition(struct expect *expect, unsigned number, uint64_t size,
		      bool writable)
{
	char suffix[16];

	snprintf(suffix, sizeof(suffix), "%u", number);
	expect_volume(expect, suffix, size, writable);
}

/* Only what is not zero: the images are sparse. */
static int write_data(int fd, const struct image *image)
{
	static const unsigned char zeros[4096];
	uint64_t end = MIN(image->size, (uint64_t)BROKEN_LEN);

	for (uint64_t off = 0; off < end; off += sizeof(zeros)) {
		size_t len = (size_t)MIN(end - off, (uint64_t)sizeof(zeros));

		if (memcmp(image->data + off, zeros, len) != 0 &&
		    pwrite(fd, image->data + off, len, (off_t)off) !=
		    (ssize_t)len)
			return -EIO;
	}
	return ftruncate(fd, (off_t)image->size);
}

static int write_image(struct work *work, const char *name,
		       const struct image *image, const struct expect *expect)
{
	_cleanup_fd_ int fd = openat(work->dir, name, O_WRONLY | O_CREAT |
				     O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write_data(fd, image) < 0) {
		fprintf(stderr, "broken: cannot write %s: %m\n", name);
		return -1;
	}
	fprintf(work->expected, "%s\t%d\t%s\n", name, expect->code,
		expect->volumes);
	return 0;
}

static bool is_same(int fd, const struct image *image)
{
	static unsigned char have[BROKEN_LEN], zeros[BROKEN_LEN];
	struct stat st;

	if (fstat(fd, &st) < 0 || (uint64_t)st.st_size != image->size)
		return false;
	for (uint64_t off = 0; off < image->size; off += BROKEN_LEN) {
		size_t len = (size_t)MIN(image->size - off,
					 (uint64_t)BROKEN_LEN);

		if (pread(fd, have, len, (off_t)off) != (ssize_t)len ||
		    memcmp(have, off == 0 ? image->data : zeros, len) != 0)
			return false;
	}
	return true;
}

static int compare_image(struct work *work, const char *name,
			 const struct image *image,
			 const struct expect *expect)
{
	_cleanup_fd_ int fd = openat(work->dir, name, O_RDONLY | O_CLOEXEC);

	(void)expect;
	if (fd < 0 || !is_same(fd, image)) {
		printf("%s\n", name);
		work->changed++;
	}
	return 0;
}

static int visit_made_by_hand(struct work *work, const struct broken *broken,
			      unsigned char *data)
{
	char name[128];
	int r = 0;

	for (; broken->name && r == 0; broken++) {
		struct image image = { data, BROKEN_LEN };
		struct expect expect = { broken->code, "*" };

		memset(data, 0, BROKEN_LEN);
		broken->make(&image);
		snprintf(name, sizeof(name), "%s.img", broken->name);
		r = work->visit(work, name, &image, &expect);
	}
	return r;
}

/* Each image has draws of its own: another one more changes none. */
static struct draw draw_for(uint64_t seed, const char *name)
{
	struct draw draw = { seed };

	for (; *name; name++)
		draw.state = draw_any(&draw) ^ (unsigned char)*name;
	return draw;
}

static int visit_seeded(struct work *work, const struct seeded *seeded,
			unsigned char *data, uint64_t seed)
{
	char name[128];
	int r = 0;

	for (; seeded->name && r == 0; seeded++)
		for (int i = 0; i < TIMES && r == 0; i++) {
			struct image image = { data, BROKEN_LEN };
			struct expect expect = { 0 };
			struct draw draw;

			snprintf(name, sizeof(name), "seeded-%s-%c.img",
				 seeded->name, 'a' + i);
			draw = draw_for(seed, name);
			memset(data, 0, BROKEN_LEN);
			seeded->make(&image, &draw, &expect);
			r = work->visit(work, name, &image, &expect);
		}
	return r;
}

static int visit_cut(struct work *work, const struct cut *cut,
		     unsigned char *data)
{
	struct image image = { data, BROKEN_LEN };
	char name[128];
	int r = 0;

	memset(data, 0, BROKEN_LEN);
	cut->make(&image);
	for (unsigned kib = cut->first; kib <= cut->last && r == 0;
	     kib += CUT_STEP) {
		struct expect expect = { .code = 7 };

		image.size = kib * 1024ull;
		if (kib > 0)
			cut->expect(image.size, &expect);
		snprintf(name, sizeof(name), "cut-%s-%04uK.img", cut->name,
			 kib);
		r = work->visit(work, name, &image, &expect);
	}
	return r;
}

static int visit_all(struct work *work, uint64_t seed)
{
	static const struct broken *const made_by_hand[] = {
		broken_apple, broken_gpt, broken_mbr, broken_luks1,
		broken_luks2, broken_other,
	};
	static const struct seeded *const seeded[] = {
		seeded_apple, seeded_gpt, seeded_mbr, seeded_luks,
	};
	static unsigned char data[BROKEN_LEN];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(made_by_hand) && r == 0; i++)
		r = visit_made_by_hand(work, made_by_hand[i], data);
	for (size_t i = 0; i < ARRAY_SIZE(seeded) && r == 0; i++)
		r = visit_seeded(work, seeded[i], data, seed);
	for (const struct cut *cut = cuts; cut->name && r == 0; cut++)
		r = visit_cut(work, cut, data);
	return r;
}

static int make(struct work *work, const char *dir, uint64_t seed)
{
	int fd, r;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "broken: cannot make %s: %m\n", dir);
		return EXIT_FAILURE;
	}
	work->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = work->dir < 0 ? -1 : openat(work->dir, "expected", O_WRONLY |
					 O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		work->expected = fdopen(fd, "w");
	if (!work->expected) {
		fprintf(stderr, "broken: cannot write in %s: %m\n", dir);
		return EXIT_FAILURE;
	}
	work->visit = write_image;
	r = visit_all(work, seed);
	if (fclose(work->expected) != 0) {
		fprintf(stderr, "broken: cannot write the table: %m\n");
		return EXIT_FAILURE;
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int compare(struct work *work, const char *dir, uint64_t seed)
{
	work->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->dir < 0) {
		fprintf(stderr, "broken: cannot open %s: %m\n", dir);
		return EXIT_FAILURE;
	}
	work->visit = compare_image;
	(void)visit_all(work, seed);
	return work->changed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	bool comparing = argc == 4 && streq(argv[1], "--compare");
	struct work work = { .dir = -1 };
	uint64_t seed;

	if (argc != 3 && !comparing) {
		fprintf(stderr, "usage: broken [--compare] DIR SEED\n");
		return EXIT_FAILURE;
	}
	seed = strtoull(argv[argc - 1], NULL, 0);
	return comparing ? compare(&work, argv[2], seed) :
			   make(&work, argv[1], seed);
}
