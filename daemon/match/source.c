/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source.c - see source.h
 *
 * What was named is first opened with O_PATH, which has no effect on it, and
 * looked at; only a file or block device is then opened for real, and through
 * that descriptor, so that nothing can be put in its place between.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "cleanup.h"
#include "escape.h"
#include "foreign.h"
#include "occupant.h"
#include "source.h"
#include "sysfs.h"
#include "util.h"

#define MAX_NAME 128		/* of a stem: filters add theirs to it */

/* A path as it stands in messages. */
struct shown {
	char text[256];
};

static struct shown show(const char *path)
{
	struct shown shown;

	escape(path, shown.text, sizeof(shown.text));
	return shown;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	medium_free(source->root);
	device_close(source->device);
	if (source->scan_fd >= 0)
		(void)close(source->scan_fd);
	/* Last: until here nobody else may have it. */
	if (source->claim_fd >= 0)
		(void)close(source->claim_fd);
	free(source->path);
	free(source->name);
	free(source);
}

static void cleanup_source(struct source **source)
{
	source_close(*source);
}

/* "disk.img:2" -> "disk.img" and 2; a file of that very name comes first. */
static int split_spec(const char *spec, char **ret_path, unsigned *ret_number)
{
	const char *colon = strrchr(spec, ':');
	unsigned long number = 0;
	struct stat st;
	char *end;

	if (colon && colon != spec && isdigit((unsigned char)colon[1]) &&
	    lstat(spec, &st) < 0) {
		errno = 0;
		number = strtoul(colon + 1, &end, 10);
		if (errno != 0 || *end != '\0' || number == 0 ||
		    number > INT32_MAX)
			number = 0;
	}
	*ret_path = number > 0 ? strndup(spec, (size_t)(colon - spec)) :
				 strdup(spec);
	if (!*ret_path)
		return -ENOMEM;
	*ret_number = (unsigned)number;
	return 0;
}

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	default:
		return "no file or block device";
	}
}

static int refuse_missing(const char *path, int error, struct failure *f)
{
	char device[64];

	if (path[0] == '\0')
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "the name of the source is empty");
	failure_errno(f, error, "%s cannot be opened", show(path).text);
	snprintf(device, sizeof(device), "/dev/%.48s", path);
	if (error == -ENOENT && !strchr(path, '/') &&
	    access(device, F_OK) == 0)
		failure_hint(f, "did you mean %s?", show(device).text);
	if (error == -ENOENT)
		failure_hint(f, "\"filterd mount\" alone shows what is here");
	return error;
}

/* Opens @path without touching what is there; regular or block alone. */
static int open_path(const char *path, struct stat *st, struct failure *f)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) < 0)
		return refuse_missing(path, -errno, f);
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode)) {
		failure_set(f, -ENOTBLK, EXIT_UNSUPPORTED,
			    "%s is %s, not a disk or an image of one",
			    show(path).text, kind_of(st->st_mode));
		failure_hint(f, "name a block device or an image file; "
			     "lsblk lists the block devices");
		return -ENOTBLK;
	}
	return take_fd(&fd);
}

static int refuse_open(const char *path, const struct stat *st, int error,
		       bool writable, struct failure *f)
{
	if (error == -EBUSY && S_ISBLK(st->st_mode))
		return occupant_of_block(path, st, f);
	failure_errno(f, error, "%s cannot be opened for %s",
		      show(path).text, writable ? "writing" : "reading");
	if (writable && (error == -EACCES || error == -EROFS ||
			 error == -EPERM))
		failure_hint(f, "to use it without writing, add -r");
	else if (error == -EACCES && S_ISBLK(st->st_mode))
		failure_hint(f, "root may, and who is in the group of %s",
			     show(path).text);
	else if (error == -EACCES)
		failure_hint(f, "its owner may, and root");
	return error;
}

static int reopen(int path_fd, const char *path, const struct stat *st,
		  bool writable, struct failure *f)
{
	char link[32];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
	fd = open(link, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC |
			O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? refuse_open(path, st, -errno, writable, f) : fd;
}

/* The kernel opens a write-protected disk for writing all the same. */
static int check_protected(int fd, const char *path, struct failure *f)
{
	int protected = 0;

	if (ioctl(fd, BLKROGET, &protected) < 0 || !protected)
		return 0;
	failure_set(f, -EROFS, EXIT_DENIED, "%s is write-protected",
		    show(path).text);
	failure_hint(f, "to use it without writing, add -r");
	return -EROFS;
}

static int size_of(int fd, const struct stat *st, uint64_t *ret)
{
	if (S_ISBLK(st->st_mode))
		return ioctl(fd, BLKGETSIZE64, ret) < 0 ? -errno : 0;
	*ret = (uint64_t)st->st_size;
	return 0;
}

static int refuse_foreign(const char *path, const struct foreign *foreign,
			  struct failure *f)
{
	char word[512];

	failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
		    "%s is %s, not a raw disk", show(path).text,
		    foreign->name);
	failure_hint(f, "make it raw first: %s %s%s%s", foreign->before,
		     show(escape_word(path, word, sizeof(word))).text,
		     foreign->after[0] ? " " : "", foreign->after);
	return -EOPNOTSUPP;
}

/* What the bytes say before anything is made of them. */
static int check_bytes(struct source *source, const struct stat *st,
		       struct failure *f)
{
	const struct foreign *foreign;
	uint64_t size;
	int r;

	r = size_of(source->scan_fd, st, &size);
	if (r < 0)
		return failure_errno(f, r, "%s has no size that can be read",
				     show(source->path).text);
	if (size == 0) {
		failure_set(f, -ENODATA, EXIT_CORRUPT, "%s is empty",
			    show(source->path).text);
		return -ENODATA;
	}
	foreign = foreign_find(source->scan_fd, size, !source->block);
	return foreign ? refuse_foreign(source->path, foreign, f) : 0;
}

static int refuse_device(const char *path, int error, uint32_t sector,
			 struct failure *f)
{
	if (error == -ENXIO)
		return failure_set(f, error, EXIT_CORRUPT,
				   "%s is smaller than one sector",
				   show(path).text);
	if (error == -EINVAL)
		return failure_set(f, error, EXIT_USAGE,
				   "%s cannot have sectors of %" PRIu32
				   " bytes", show(path).text, sector);
	return failure_errno(f, error, "%s cannot be used", show(path).text);
}

static int open_device(struct source *source, int path_fd,
		       const struct stat *st, uint32_t sector,
		       struct failure *f)
{
	int fd, r;

	fd = reopen(path_fd, source->path, st, source->writable, f);
	if (fd < 0)
		return fd;
	if (source->block && source->writable) {
		r = check_protected(fd, source->path, f);
		if (r < 0) {
			(void)close(fd);
			return r;
		}
	}
	r = device_open(fd, source->writable, sector, &source->device);
	return r < 0 ? refuse_device(source->path, r, sector, f) : 0;
}

/* /dev/disk/by-id/... is "sdb", what has a name of its own keeps that. */
static void name_block(const char *path, dev_t dev, char *buf, size_t len)
{
	char node[64], whole[80];

	if (!sysfs_attribute(dev, "dm/name", node, sizeof(node)) &&
	    !sysfs_node(dev, node, sizeof(node))) {
		medium_source_name(path, buf, len);
		return;
	}
	for (char *s = node; *s; s++)	/* "cciss/c0d0" */
		if (*s == '/')
			*s = '_';
	snprintf(whole, sizeof(whole), "/dev/%s", node);
	medium_source_name(whole, buf, len);
}

/* "Kingston DataTraveler": the title of a whole disk. */
static int set_model(struct medium *root, dev_t dev)
{
	char vendor[64] = "", model[64] = "", *title;

	(void)sysfs_attribute(dev, "device/vendor", vendor, sizeof(vendor));
	if (!sysfs_attribute(dev, "device/model", model, sizeof(model)))
		return 0;
	for (size_t n = strlen(vendor); n > 0 && vendor[n - 1] == ' '; n--)
		vendor[n - 1] = '\0';
	for (size_t n = strlen(model); n > 0 && model[n - 1] == ' '; n--)
		model[n - 1] = '\0';
	if (asprintf(&title, "%s%s%s", vendor, vendor[0] ? " " : "",
		     model) < 0)
		return -ENOMEM;
	free(root->title);
	root->title = title;
	return 0;
}

static int make_root(struct source *source, const struct stat *st)
{
	char name[MAX_NAME];

	if (source->block)
		name_block(source->path, st->st_rdev, name, sizeof(name));
	else
		medium_source_name(source->path, name, sizeof(name));
	source->name = strdup(name);
	if (!source->name)
		return -ENOMEM;
	source->root = medium_new_whole(name, device_store(source->device));
	if (!source->root)
		return -ENOMEM;
	source->root->path = source->path;
	source->root->block = source->block;
	if (!source->block)
		return 0;
	source->root->removable = sysfs_removable(st->st_rdev);
	return set_model(source->root, st->st_rdev);
}

int source_open(const char *spec, bool writable, uint32_t sector,
		struct source **ret, struct failure *f)
{
	_cleanup_(cleanup_source) struct source *source = NULL;
	_cleanup_fd_ int path_fd = -1;
	struct stat st;
	int r;

	source = calloc(1, sizeof(*source));
	if (!source)
		return failure_errno(f, -ENOMEM, "%s", show(spec).text);
	source->scan_fd = source->claim_fd = -1;
	source->writable = writable;
	r = split_spec(spec, &source->path, &source->partition);
	if (r < 0)
		return failure_errno(f, r, "%s", show(spec).text);

	path_fd = open_path(source->path, &st, f);
	if (path_fd < 0)
		return path_fd;
	source->block = S_ISBLK(st.st_mode);
	source->scan_fd = reopen(path_fd, source->path, &st, false, f);
	if (source->scan_fd < 0)
		return source->scan_fd;
	r = check_bytes(source, &st, f);
	if (r == 0)
		r = open_device(source, path_fd, &st, sector, f);
	if (r < 0)
		return r;
	r = make_root(source, &st);
	if (r < 0)
		return failure_errno(f, r, "%s", show(spec).text);
	*ret = take_ptr(&source);
	return 0;
}

int source_claim(struct source *source, struct failure *f)
{
	int fd;

	assert(source->claim_fd < 0);
	fd = claim_open(source->path, source->scan_fd, source->writable,
			source->partition, f);
	if (fd < 0)
		return fd;
	source->claim_fd = fd;
	return 0;
}
