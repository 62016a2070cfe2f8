/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * image.c - see image.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "image.h"
#include "suggest.h"
#include "util.h"

static const char *const schemes[] = { "apple", "gpt", "mbr", "none" };

static int check_scheme(const struct image *image, struct failure *f)
{
	const char *guess;
	char safe[64];

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (streq(image->scheme, schemes[i]))
			return 0;
	guess = suggest(image->scheme, schemes, ARRAY_SIZE(schemes));
	if (guess)
		failure_hint(f, "did you mean %s?", guess);
	failure_hint(f, "there are apple, gpt, mbr and none");
	return failure_set(f, -EINVAL, EXIT_USAGE, "'%s' is no scheme",
			   escape(image->scheme, safe, sizeof(safe)));
}

static int check(const struct image *image, struct failure *f)
{
	if (image->sector != 512 && image->sector != 4096)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "the sector size is 512 or 4096");
	if (image->size < image->sector || image->size > INT64_MAX ||
	    image->size % image->sector != 0)
		return failure_set(f, -EINVAL, EXIT_USAGE, "the size must be "
				   "a whole number of %u-byte sectors",
				   image->sector);
	if (streq(image->scheme, "none") && image->n_parts > 0)
		return failure_set(f, -EINVAL, EXIT_USAGE, "without a map "
				   "there are no partitions");
	return check_scheme(image, f);
}

static int fill(const struct image *image, int fd, struct failure *f)
{
	char safe[256];
	int r;

	escape(image->path, safe, sizeof(safe));
	if (ftruncate(fd, (off_t)image->size) < 0)
		return failure_errno(f, -errno, "cannot make '%s'", safe);
	if (!streq(image->scheme, "none")) {
		r = write_map(fd, image->size, image->sector, image->scheme,
			      image->parts, image->n_parts, f);
		if (r < 0)
			return failure_errno(f, r, "cannot write a map to "
					     "'%s'", safe);
	}
	if (fsync(fd) < 0)
		return failure_errno(f, -errno, "'%s' is not durable", safe);
	return 0;
}

/* One that is only tried lies in memory, and takes none for its holes. */
static int open_file(const struct image *image)
{
	struct stat st;

	if (!image->dry_run)
		return open(image->path,
			    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (lstat(image->path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return memfd_create("image", MFD_CLOEXEC);
}

int image_create(const struct image *image, struct failure *f)
{
	_cleanup_fd_ int fd = -1;
	char safe[256];
	int r = check(image, f);

	if (r < 0)
		return r;
	escape(image->path, safe, sizeof(safe));
	fd = open_file(image);
	if (fd < 0 && errno == EEXIST) {
		failure_hint(f, "remove it first, or choose another name");
		return failure_set(f, -EEXIST, EXIT_FAILED,
				   "'%s' exists and is not overwritten",
				   safe);
	}
	if (fd < 0)
		return failure_errno(f, -errno, "cannot make '%s'", safe);
	r = fill(image, fd, f);
	if (r < 0 && !image->dry_run)
		(void)unlink(image->path);
	return r;
}
