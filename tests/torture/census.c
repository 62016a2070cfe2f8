/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * census.c - see census.h
 *
 * All of it is what proc(5) tells.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "census.h"
#include "cleanup.h"

const char *const census_names[CENSUS_KINDS] = {
	[CENSUS_DESCRIPTORS] = "descriptors",
	[CENSUS_THREADS] = "threads",
	[CENSUS_CHILDREN] = "children",
	[CENSUS_TIMERS] = "timers",
	[CENSUS_MODULES] = "mappings of filters",
	[CENSUS_LOCKED] = "KiB of locked memory",
	[CENSUS_MOUNTS] = "mounts",
	[CENSUS_LOCKS] = "locks",
	[CENSUS_HEAP] = "bytes of heap",
	[CENSUS_RESIDENT] = "KiB of memory",
};

static FILE *open_proc(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	return file;
}

/* With the descriptor of the directory itself, each time. */
static size_t count_entries(const char *path)
{
	_cleanup_dir_ DIR *dir = opendir(path);
	size_t n = 0;

	if (!dir) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while (readdir(dir))
		n++;
	return n;
}

static size_t count_lines(const char *path, const char *word)
{
	_cleanup_file_ FILE *file = open_proc(path);
	_cleanup_free_ char *line = NULL;
	size_t len = 0, n = 0;

	while (getline(&line, &len, file) > 0)
		n += strstr(line, word) != NULL;
	return n;
}

/* The number after "NAME:" in /proc/self/status. */
static size_t status(const char *name)
{
	_cleanup_file_ FILE *file = open_proc("/proc/self/status");
	_cleanup_free_ char *line = NULL;
	size_t len = 0;

	while (getline(&line, &len, file) > 0)
		if (strncmp(line, name, strlen(name)) == 0)
			return strtoul(line + strlen(name) + 1, NULL, 10);
	return 0;
}

/* Zombies too. */
static size_t count_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
	       errno != ECHILD;
}

static size_t count_locks(const char *source)
{
	struct stat st;
	char word[64];

	if (stat(source, &st) != 0) {
		perror(source);
		exit(EXIT_FAILURE);
	}
	(void)snprintf(word, sizeof(word), " %02x:%02x:%llu ",
		       major(st.st_dev), minor(st.st_dev),
		       (unsigned long long)st.st_ino);
	return count_lines("/proc/locks", word);
}

void census_take(struct census *census, const char *dir, const char *source)
{
	struct mallinfo2 heap = mallinfo2();

	*census = (struct census){ .n = {
		[CENSUS_DESCRIPTORS] = count_entries("/proc/self/fd"),
		[CENSUS_THREADS] = count_entries("/proc/self/task"),
		[CENSUS_CHILDREN] = count_children(),
		[CENSUS_TIMERS] = count_lines("/proc/self/timers", "ID:"),
		[CENSUS_MODULES] = count_lines("/proc/self/maps", "/filters/"),
		[CENSUS_LOCKED] = status("VmLck"),
		[CENSUS_MOUNTS] = count_lines("/proc/self/mountinfo", dir),
		[CENSUS_LOCKS] = count_locks(source),
		[CENSUS_HEAP] = heap.uordblks + heap.hblkhd,
		[CENSUS_RESIDENT] = status("VmRSS"),
	} };
}

bool census_same(const struct census *a, const struct census *b)
{
	for (size_t i = 0; i < CENSUS_HEAP; i++)
		if (a->n[i] != b->n[i])
			return false;
	return true;
}
