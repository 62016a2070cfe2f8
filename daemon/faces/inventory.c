/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inventory.c - see inventory.h
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "inventory.h"
#include "parse.h"
#include "sysfs.h"
#include "util.h"

/* So many images are looked into; a helper process each. */
#define MAX_IMAGES 32

/* Smaller than the smallest disk that holds a map and a partition. */
#define MIN_IMAGE (64u << 10)

struct names {
	char **list;
	size_t n;
};

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static int names_add(struct names *names, const char *name)
{
	char **list = reallocarray(names->list, names->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	names->list = list;
	list[names->n] = strdup(name);
	return list[names->n++] ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The entries of a directory, in the order of people. */
static int names_read(struct names *names, const char *dir)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && stream && (entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			r = names_add(names, entry->d_name);
	if (names->n > 1)
		qsort(names->list, names->n, sizeof(*names->list), compare);
	return r;
}

static int add(struct inventory *inventory, const char *path, bool block)
{
	struct inventory_item *list;

	list = reallocarray(inventory->list, inventory->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	inventory->list = list;
	list[inventory->n] = (struct inventory_item){
		.path = strdup(path),
		.block = block,
		.readable = access(path, R_OK) == 0,
	};
	return list[inventory->n++].path ? 0 : -ENOMEM;
}

/* In units of 512 bytes; 0: no medium in the drive, or an idle loop device. */
static uint64_t disk_size(const char *name)
{
	char path[PATH_MAX], text[32];
	uint64_t sectors = 0;

	(void)snprintf(path, sizeof(path), "/sys/block/%s/size", name);
	if (sysfs_read(path, text, sizeof(text)))
		(void)parse_u64(text, &sectors);	/* or it stays 0 */
	return sectors;
}

static int take_disks(struct inventory *inventory)
{
	struct names names = { 0 };
	char path[PATH_MAX];
	int r = names_read(&names, "/sys/block");

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (disk_size(names.list[i]) == 0)
			continue;
		(void)snprintf(path, sizeof(path), "/dev/%s", names.list[i]);
		/* A '!' in sysfs is a '/' in /dev. */
		for (char *c = path + strlen("/dev/"); *c; c++)
			if (*c == '!')
				*c = '/';
		r = add(inventory, path, true);
	}
	names_clear(&names);
	return r;
}

static bool may_be_image(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size >= (off_t)MIN_IMAGE && st.st_size % 512 == 0 &&
	       access(name, R_OK) == 0;
}

static int take_images(struct inventory *inventory)
{
	struct names names = { 0 };
	int r = names_read(&names, ".");
	unsigned images = 0;

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		if (!may_be_image(names.list[i]))
			continue;
		if (images++ == MAX_IMAGES) {
			inventory->cut = true;
			break;
		}
		r = add(inventory, names.list[i], false);
	}
	names_clear(&names);
	return r;
}

int inventory_take(struct inventory *inventory, bool images)
{
	int r;

	*inventory = (struct inventory){ 0 };
	r = take_disks(inventory);
	if (r == 0 && images)
		r = take_images(inventory);
	return r;
}

void inventory_clear(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->n; i++)
		free(inventory->list[i].path);
	free(inventory->list);
	*inventory = (struct inventory){ 0 };
}
