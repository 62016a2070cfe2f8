/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken.c - writes disk images with one thing wrong in each
 *
 *	broken DIR
 *
 * makes DIR with an image for each bug, named after it, and DIR/expected: a
 * line "FILE<TAB>CODE" for each, the code that `filterd mount FILE` exits with
 * where no key fits:
 *
 *	0  the map is read, and something on it published: the bug is one that
 *	   can be lived with (clipped, skipped, escaped, read from the backup)
 *	3  there is no map and no header: what is there means nothing to us, or
 *	   a map has nothing on it that could be published
 *	6  a header is read well enough to ask for a key, and none fits
 *	7  a map or header is there without doubt, but cannot be trusted; or
 *	   there is nothing at all, not one sector
 *	9  it is whole, but of a kind that is not supported
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broken.h"

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

static int write_image(int dir, const char *name, const struct image *image)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0644);
	int r;

	if (fd < 0)
		return -1;
	r = write_data(fd, image);
	if (close(fd) < 0)
		r = -1;
	return r;
}

static int make_all(int dir, const struct broken *broken, FILE *expected)
{
	static unsigned char data[BROKEN_LEN];
	char name[128];

	for (; broken->name; broken++) {
		struct image image = { data, BROKEN_LEN };

		memset(data, 0, sizeof(data));
		broken->make(&image);
		snprintf(name, sizeof(name), "%s.img", broken->name);
		if (write_image(dir, name, &image) < 0) {
			fprintf(stderr, "broken: cannot write %s: %m\n", name);
			return -1;
		}
		fprintf(expected, "%s\t%d\n", name, broken->code);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct broken *const tables[] = {
		broken_apple, broken_gpt, broken_mbr, broken_luks1,
		broken_luks2, broken_other,
	};
	FILE *expected = NULL;
	int dir, fd;

	if (argc != 2) {
		fprintf(stderr, "usage: broken DIR\n");
		return EXIT_FAILURE;
	}
	if (mkdir(argv[1], 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "broken: cannot make %s: %m\n", argv[1]);
		return EXIT_FAILURE;
	}
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = dir < 0 ? -1 : openat(dir, "expected", O_WRONLY | O_CREAT |
				   O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0)
		expected = fdopen(fd, "w");
	if (!expected) {
		fprintf(stderr, "broken: cannot write in %s: %m\n", argv[1]);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (make_all(dir, tables[i], expected) < 0)
			return EXIT_FAILURE;
	if (fclose(expected) != 0) {
		fprintf(stderr, "broken: cannot write the table: %m\n");
		return EXIT_FAILURE;
	}
	close(dir);
	return EXIT_SUCCESS;
}
