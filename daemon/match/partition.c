/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * partition.c - see partition.h
 *
 * The number alone does not identify it: a map may have been written since the
 * kernel read it.  So the place must be the same too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "events.h"
#include "helper.h"
#include "log.h"
#include "partition.h"
#include "sysfs.h"
#include "util.h"

struct partition {
	struct source *source;
	const struct names *names;
	dev_t disk;
	uint64_t base, size;	/* in bytes, as the kernel has it */
	unsigned number;
	const struct helper_scan *scan;
	const struct helper_part *part;
	int result;
};

static bool read_number(dev_t dev, const char *attribute,
			unsigned long long *ret)
{
	char text[32], *end;

	if (!sysfs_attribute(dev, attribute, text, sizeof(text)))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

/* Whether @dev is a partition; of which disk, and where. */
static bool locate(struct partition *partition, dev_t dev)
{
	unsigned long long number, start;
	unsigned high, low;
	char text[32];

	if (!read_number(dev, "partition", &number) ||
	    !read_number(dev, "start", &start) ||
	    !sysfs_attribute(dev, "../dev", text, sizeof(text)) ||
	    sscanf(text, "%u:%u", &high, &low) != 2 ||
	    mul_overflow((uint64_t)start, 512u, &partition->base))
		return false;
	partition->number = (unsigned)number;
	partition->disk = makedev(high, low);
	partition->size = partition->source->root->store->medium.size;
	return true;
}

/* Returns the disk's descriptor or a negative errno. */
static int open_disk(dev_t disk)
{
	_cleanup_fd_ int fd = -1;
	char node[64], path[80];
	struct stat st;

	if (!sysfs_node(disk, node, sizeof(node)))
		return -ENODEV;
	snprintf(path, sizeof(path), "/dev/%s", node);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) || st.st_rdev != disk)
		return -ENODEV;
	return take_fd(&fd);
}

/* The map that would stand on the disk: the first of the best. */
static const struct helper_scan *
find_map(const struct helper_examined *examined)
{
	const struct helper_scan *best = NULL;

	for (size_t i = 0; i < examined->n_scans; i++) {
		const struct helper_scan *scan = &examined->scans[i];

		if (scan->result == 0 && (!best || scan->score > best->score))
			best = scan;
	}
	return best;
}

static bool find_part(struct partition *partition,
		      const struct helper_examined *examined)
{
	partition->scan = find_map(examined);
	for (size_t i = 0; partition->scan &&
			   i < partition->scan->n_parts; i++) {
		const struct helper_part *part = &partition->scan->parts[i];

		if (part->number != partition->number ||
		    part->base != partition->base ||
		    part->size != partition->size)
			continue;
		partition->part = part;
		return true;
	}
	return false;
}

/* What the map forbids to write, a filter must not write either. */
static void become_partition(void *arg)
{
	struct partition *partition = arg;
	const struct helper_part *part = partition->part;
	struct medium *root = partition->source->root;
	const char *scheme = partition->scan->scheme->name, *name;

	partition->result = medium_become_partition(root,
			scheme, &(struct scheme_part){
		.base = part->base, .number = part->number,
		.hint = part->hint, .name = part->name, .uuid = part->uuid,
	});
	name = names_find(partition->names, scheme, part->hint);
	if (name && partition->result == 0)
		medium_name_type(root, name);
	if (!part->writable)
		root->store->medium.writable = false;
}

/* Two descriptors, since the device may make its own one for direct I/O. */
static int identify(struct partition *partition, struct failure *f)
{
	struct medium *root = partition->source->root;
	struct helper_examined examined = { 0 };
	_cleanup_fd_ int scan_fd = open_disk(partition->disk);
	struct device *device;
	int fd, r;

	fd = scan_fd < 0 ? scan_fd : open_disk(partition->disk);
	if (fd < 0)
		return failure_errno(f, fd, "its disk cannot be opened");
	r = device_open(fd, false, 0, &device);
	if (r < 0)
		return failure_errno(f, r, "its disk cannot be read");
	r = helper_examine(device_store(device), root->name, scan_fd,
			   &(struct scheme_place){ .hint = "", .scheme = "" },
			   &examined, f);
	if (r == 0 && find_part(partition, &examined)) {
		events_call(become_partition, partition);
		r = partition->result;
	}
	helper_examined_clear(&examined);
	device_close(device);
	return r;
}

int partition_identify(struct source *source, const struct names *names,
		       struct failure *f)
{
	struct partition partition = { .source = source, .names = names };
	struct stat st;
	int r;

	if (!source->block || fstat(source->scan_fd, &st) < 0 ||
	    !locate(&partition, st.st_rdev))
		return 0;
	r = identify(&partition, f);
	if (r == -ENOMEM || r == -ECANCELED)
		return failure_errno(f, r, "'%s'", source->name);
	if (!partition.part)
		log_info("%s: the map of its disk does not tell what it holds%s"
			 "%s", source->name, f->text[0] ? ": " : "", f->text);
	*f = (struct failure){ 0 };
	return 0;
}
