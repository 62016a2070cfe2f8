/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.h - a temporary folder for a test, and the faults told about files
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ini.h"

static char folder[] = "/tmp/filterd-test-XXXXXX";
static char told[8192];		/* every fault, a line each */

static inline int folder_remove(const char *path, const struct stat *st,
				int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

static inline void folder_close(void)
{
	nftw(folder, folder_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void folder_open(void)
{
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (!mkdtemp(folder))
		abort();
	told[0] = '\0';
}

/* "folder/@name", in one of a few buffers. */
static inline const char *folder_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static inline void folder_make(const char *name)
{
	if (mkdir(folder_path(name), 0700) < 0)
		abort();
}

static inline const char *folder_write(const char *name, const char *text)
{
	const char *path = folder_path(name);
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	return path;
}

/* Notes "NAME:LINE:COLUMN: MESSAGE", NAME without its folders. */
static inline void folder_told(void *arg, const struct ini_place *at,
			       const char *message)
{
	const char *slash = strrchr(at->file, '/');
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%s:%u:%u: %s\n",
		 slash ? slash + 1 : at->file, at->line, at->column, message);
}

#endif /* FOLDER_H */
