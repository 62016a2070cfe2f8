/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volume.c - see volume.h
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "volume.h"

double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void fill(unsigned char *buf, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1103515245 + 12345;
		buf[i] = (unsigned char)(seed >> 16);
	}
}

bool volume_apart(bool (*work)(void *arg), void *arg)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(work(arg) ? EXIT_SUCCESS : EXIT_FAILURE);
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

const char *volume_skip(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return "/dev/fuse cannot be opened";
	(void)close(fd);
	if (geteuid() != 0)
		return "needs root, for mounts of its own";
	/* EINVAL: in a chroot whose root is no mount there is none to part. */
	if (unshare(CLONE_NEWNS) < 0 ||
	    (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 &&
	     errno != EINVAL))
		return "mounts are not allowed here";
	return NULL;
}

void volume_open(struct volume *volume, uint64_t size, uint32_t granule,
		 bool writable, enum export_cache cache)
{
	const struct export_options options = { .cache = cache };

	volume_open_with(volume, size, granule, writable, &options);
}

void volume_open_with(struct volume *volume, uint64_t size, uint32_t granule,
		      bool writable, const struct export_options *options)
{
	struct failure f = { 0 };
	int dir;

	*volume = (struct volume){ .dir = "/tmp/test-export.XXXXXX" };
	volume->memory = memory_new(size, granule, writable);
	if (!mkdtemp(volume->dir))
		abort();
	dir = open(volume->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (export_start(&volume->memory->store, volume->dir, dir, "disk",
			 options, &volume->export, &f) < 0) {
		printf("Bail out! %s\n", f.text);
		exit(EXIT_FAILURE);
	}
	(void)close(dir);
	volume->path = export_path(volume->export);
}

void volume_close(struct volume *volume)
{
	double end = seconds() + VOLUME_PATIENCE;
	int r;

	/* A closed file is let go a little later. */
	while ((r = export_stop(volume->export)) == -EBUSY && seconds() < end)
		(void)usleep(1000);
	CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_EQUAL(rmdir(volume->dir), 0);
	CU_ASSERT_EQUAL(atomic_load(&volume->memory->level), FILTER_NOBODY);
	if (r != -EBUSY)
		memory_free(volume->memory);
}

int volume_file(const struct volume *volume, int flags)
{
	int fd = open(volume->path, flags | O_CLOEXEC);

	CU_ASSERT(fd >= 0);
	return fd;
}

bool volume_level_becomes(struct volume *volume, int level)
{
	double end = seconds() + VOLUME_PATIENCE;

	while (atomic_load(&volume->memory->level) != level)
		if (seconds() > end)
			return false;
		else
			(void)usleep(1000);
	return true;
}

bool reaches(const atomic_uint *number, unsigned least)
{
	double end = seconds() + VOLUME_PATIENCE;

	while (atomic_load(number) < least && seconds() < end)
		(void)usleep(1000);
	return atomic_load(number) >= least;
}

bool volume_is_mounted(const char *path)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[4096], source[1024], point[1024];
	bool found = false;

	while (mounts && fgets(line, sizeof(line), mounts))
		if (sscanf(line, "%1023s %1023s", source, point) == 2)
			found |= strcmp(point, path) == 0;
	if (mounts)
		(void)fclose(mounts);
	return found;
}
