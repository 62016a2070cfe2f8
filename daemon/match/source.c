/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source.c - see source.h
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim.h"
#include "cleanup.h"
#include "escape.h"
#include "foreign.h"
#include "opening.h"
#include "parse.h"
#include "source.h"
#include "sysfs.h"
#include "util.h"

#define MAX_NAME 128		/* of a stem: filters add theirs to it */

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

/* The kernel opens a write-protected disk for writing all the same. */
static int check_protected(int fd, const char *path, struct failure *f)
{
	int protected = 0;

	if (ioctl(fd, BLKROGET, &protected) < 0 || !protected)
		return 0;
	failure_set(f, -EROFS, EXIT_DENIED, "%s is write-protected",
		    escape_show(path).text);
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
		    "%s is %s, not a raw disk", escape_show(path).text,
		    foreign->name);
	failure_hint(f, "make it raw first: %s %s%s%s", foreign->before,
		     escape_show(escape_word(path, word, sizeof(word))).text,
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
				     escape_show(source->path).text);
	if (size == 0) {
		failure_set(f, -ENODATA, EXIT_CORRUPT, "%s is empty",
			    escape_show(source->path).text);
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
				   escape_show(path).text);
	if (error == -EINVAL)
		return failure_set(f, error, EXIT_USAGE,
				   "%s cannot have sectors of %" PRIu32
				   " bytes", escape_show(path).text, sector);
	return failure_errno(f, error, "%s cannot be used",
			     escape_show(path).text);
}

static int open_device(struct source *source, int path_fd,
		       const struct stat *st, uint32_t sector,
		       struct failure *f)
{
	int fd, r;

	fd = opening_again(path_fd, source->path, st, source->writable, f);
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

static struct source *source_new(bool writable)
{
	struct source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->scan_fd = source->claim_fd = -1;
	source->writable = writable;
	return source;
}

/* What @path_fd is at, whose path is known. */
static int open_all(struct source *source, int path_fd, const struct stat *st,
		    uint32_t sector, struct failure *f)
{
	int r;

	source->block = S_ISBLK(st->st_mode);
	source->dev = source->block ? st->st_rdev : 0;
	source->scan_fd = opening_again(path_fd, source->path, st, false, f);
	if (source->scan_fd < 0)
		return source->scan_fd;
	r = check_bytes(source, st, f);
	if (r == 0)
		r = open_device(source, path_fd, st, sector, f);
	if (r < 0)
		return r;
	r = make_root(source, st);
	return r < 0 ? failure_errno(f, r, "%s",
				     escape_show(source->path).text) : 0;
}

int source_open(const char *spec, bool writable, uint32_t sector,
		struct source **ret, struct failure *f)
{
	_cleanup_(cleanup_source) struct source *source =
		source_new(writable);
	_cleanup_fd_ int path_fd = -1;
	struct stat st;
	int r = source ? parse_numbered(spec, &source->path, &source->partition) :
			 -ENOMEM;

	if (r < 0)
		return failure_errno(f, r, "%s", escape_show(spec).text);
	path_fd = opening_path(source->path, &st, f);
	if (path_fd < 0)
		return path_fd;
	r = open_all(source, path_fd, &st, sector, f);
	if (r == 0)
		*ret = take_ptr(&source);
	return r;
}

int source_open_fd(int fd, unsigned partition, bool writable,
		   uint32_t sector, struct source **ret, struct failure *f)
{
	_cleanup_(cleanup_source) struct source *source =
		source_new(writable);
	struct stat st;
	int r = source ? opening_name(fd, &source->path) : -ENOMEM;

	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return failure_errno(f, r, "the source's descriptor");
	source->partition = partition;
	r = opening_check(fd, source->path, &st, writable, f);
	if (r == 0)
		r = open_all(source, fd, &st, sector, f);
	if (r == 0)
		*ret = take_ptr(&source);
	return r;
}

int source_rename(struct source *source, const char *name)
{
	int r = set_text(&source->name, name);

	return r < 0 ? r : set_text(&source->root->name, name);
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
