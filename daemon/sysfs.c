/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sysfs.c - see sysfs.h
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "sysfs.h"
#include "util.h"

bool sysfs_read(const char *path, char *buf, size_t len)
{
	_cleanup_file_ FILE *file = fopen(path, "re");

	if (!file || !fgets(buf, (int)len, file))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

bool sysfs_attribute(dev_t dev, const char *attribute, char *buf, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev),
		 minor(dev), attribute);
	return sysfs_read(path, buf, len);
}

bool sysfs_node(dev_t dev, char *buf, size_t len)
{
	char path[64], line[128];
	_cleanup_file_ FILE *file = NULL;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent",
		 major(dev), minor(dev));
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "DEVNAME=", 8) != 0)
			continue;
		snprintf(buf, len, "%s", line + 8);
		return true;
	}
	return false;
}

/* A disk drive says 1, a port that people can reach "removable"; a slot for
   cards tells what is in it, and all that hangs on a USB host can go. */
static bool is_removable(const char *folder)
{
	const char *name = strrchr(folder, '/') + 1;
	char file[PATH_MAX + 16], word[16];

	if (strncmp(name, "usb", 3) == 0 && isdigit((unsigned char)name[3]))
		return true;
	snprintf(file, sizeof(file), "%s/removable", folder);
	if (sysfs_read(file, word, sizeof(word)) &&
	    (streq(word, "1") || streq(word, "removable")))
		return true;
	snprintf(file, sizeof(file), "%s/type", folder);
	return sysfs_read(file, word, sizeof(word)) && streq(word, "SD");
}

bool sysfs_removable(dev_t dev)
{
	char link[64], folder[PATH_MAX], *slash;
	bool removable = false;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	if (!realpath(link, folder))
		return false;
	while (!removable && (slash = strrchr(folder, '/')) != folder) {
		removable = is_removable(folder);
		*slash = '\0';
	}
	return removable;
}

/* The device whose folder is @path, if that is a partition's. */
static bool read_partition(const char *path, dev_t *ret_dev,
			   unsigned *ret_number)
{
	unsigned high, low;
	char file[512], line[64];

	snprintf(file, sizeof(file), "%s/partition", path);
	if (!sysfs_read(file, line, sizeof(line)) ||
	    sscanf(line, "%u", ret_number) != 1)
		return false;
	snprintf(file, sizeof(file), "%s/dev", path);
	if (!sysfs_read(file, line, sizeof(line)) ||
	    sscanf(line, "%u:%u", &high, &low) != 2)
		return false;
	*ret_dev = makedev(high, low);
	return true;
}

int sysfs_partitions(dev_t dev,
		     int (*fn)(void *arg, dev_t dev, const char *node,
			       unsigned number), void *arg)
{
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;
	char folder[64], path[384];
	int r = 0;

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	dir = opendir(folder);
	while (dir && r == 0 && (entry = readdir(dir))) {
		unsigned number;
		char node[64];
		dev_t part;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' &&
		    read_partition(path, &part, &number) &&
		    sysfs_node(part, node, sizeof(node)))
			r = fn(arg, part, node, number);
	}
	return r;
}
