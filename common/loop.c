/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.c - see loop.h
 *
 * Direct I/O, since the file keeps a page cache of its own, or none: each byte
 * is then cached once, by who uses the device, and written back without taking
 * memory a second time.  The kernel turns to cached I/O by itself where a file
 * cannot do it.
 *
 * Whether the device discards is the file's to say: the kernel asks with
 * FALLOC_FL_PUNCH_HOLE, and stops when that is not supported.  Nothing here
 * sets queue/discard_max_bytes: a 0 written there outlives the device's use,
 * and later users of the same number cannot undo it (measured on 6.18).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "loop.h"
#include "util.h"

#define MIN_BLOCK	512u
#define MAX_BLOCK	4096u
#define TRIES		500u	/* for one that nobody takes meanwhile */
#define PAUSE_NS	2000000

/* That it is not taken before we have it is what configuring it will tell. */
static int find_free(void)
{
	_cleanup_fd_ int control = open("/dev/loop-control",
					O_RDWR | O_CLOEXEC);
	int n = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	return n < 0 ? -errno : n;
}

/* Before Linux 5.8: in pieces.  Who dies between them leaves a device that does
   not clear itself. */
static int configure_in_pieces(int fd, const struct loop_config *config)
{
	unsigned long direct = config->info.lo_flags & LO_FLAGS_DIRECT_IO;
	struct loop_info64 info = config->info;

	if (ioctl(fd, LOOP_SET_FD, config->fd) < 0)
		return -errno;
	info.lo_flags = LO_FLAGS_AUTOCLEAR;
	if (ioctl(fd, LOOP_SET_STATUS64, &info) < 0 ||
	    (config->block_size > MIN_BLOCK &&
	     ioctl(fd, LOOP_SET_BLOCK_SIZE,
		   (unsigned long)config->block_size) < 0)) {
		int r = -errno;

		(void)ioctl(fd, LOOP_CLR_FD);
		return r;
	}
	if (direct)		/* only faster */
		(void)ioctl(fd, LOOP_SET_DIRECT_IO, 1ul);
	return 0;
}

static int configure(int fd, const struct loop_config *config)
{
	if (ioctl(fd, LOOP_CONFIGURE, config) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOTTY)
		return -errno;
	return configure_in_pieces(fd, config);
}

/* -EBUSY: somebody else was faster. */
static int try_one(const struct loop_config *config, struct loop *ret)
{
	bool read_only = config->info.lo_flags & LO_FLAGS_READ_ONLY;
	_cleanup_fd_ int fd = -1;
	int r, n = find_free();
	struct loop loop;

	if (n < 0)
		return n;
	(void)snprintf(loop.path, sizeof(loop.path), "/dev/loop%d", n);
	fd = open(loop.path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = configure(fd, config);
	if (r < 0)
		return r;
	loop.fd = take_fd(&fd);
	*ret = loop;
	return 0;
}

static void advise(int error, struct failure *f)
{
	if (error == -ENOENT || error == -ENXIO || error == -ENODEV) {
		f->code = EXIT_UNSUPPORTED;
		failure_hint(f, "there are no loop devices: \"modprobe loop\";"
			     " in a container they must be passed in");
	} else if (error == -EACCES || error == -EPERM) {
		failure_hint(f, "only root may use loop devices");
	}
}

static uint32_t block_of(uint32_t granule)
{
	return granule < MIN_BLOCK ? MIN_BLOCK : MIN(granule, MAX_BLOCK);
}

int loop_attach(int file, const char *path, const struct loop_options *options,
		struct loop *ret, struct failure *f)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	struct loop_config config = {
		.fd = (uint32_t)file,
		.block_size = block_of(options->granule),
		.info.lo_flags = LO_FLAGS_AUTOCLEAR |
			(options->cached ? 0 : LO_FLAGS_DIRECT_IO) |
			(options->read_only ? LO_FLAGS_READ_ONLY : 0),
	};
	char safe[256];
	int r = -EBUSY;

	(void)snprintf((char *)config.info.lo_file_name,
		       sizeof(config.info.lo_file_name), "%s", path);
	for (unsigned i = 0; r == -EBUSY && i < TRIES; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		r = try_one(&config, ret);
	}
	if (r == 0)
		return 0;
	(void)failure_errno(f, r, "cannot put a loop device on '%s'",
			    escape(path, safe, sizeof(safe)));
	advise(r, f);
	return r;
}

void loop_release(struct loop *loop)
{
	cleanup_fd(&loop->fd);
	loop->fd = -1;
}

int loop_resize(int fd)
{
	return ioctl(fd, LOOP_SET_CAPACITY) < 0 ? -errno : 0;
}

/* The path of the file on "loop3", without its newline. */
static bool read_file(const char *loop, char *buf, size_t size)
{
	_cleanup_file_ FILE *file = NULL;
	char name[64 + NAME_MAX];

	(void)snprintf(name, sizeof(name), "/sys/block/%s/loop/backing_file",
		       loop);
	file = fopen(name, "re");
	if (!file || !fgets(buf, (int)size, file))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

int loop_file(const char *device, char **ret)
{
	char loop[LOOP_PATH_LEN], path[PATH_MAX + 1];
	unsigned n;
	char *copy;

	if (sscanf(device, "/dev/loop%u", &n) != 1)
		return -ENOTBLK;
	(void)snprintf(loop, sizeof(loop), "loop%u", n);
	if (!read_file(loop, path, sizeof(path)))
		return -ENOTBLK;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

/* Whether the file of @loop, "loop3", is at @path. */
static bool is_on(const char *loop, const char *path)
{
	char file[PATH_MAX + 1];

	return read_file(loop, file, sizeof(file)) && streq(file, path);
}

int loop_each_on(const char *path, int (*fn)(void *arg, const char *loop),
		 void *arg)
{
	_cleanup_dir_ DIR *dir = opendir("/sys/block");
	char loop[LOOP_PATH_LEN];
	int r = 0;

	for (struct dirent *entry; r == 0 && dir && (entry = readdir(dir));) {
		if (strncmp(entry->d_name, "loop", 4) != 0 ||
		    strlen(entry->d_name) + sizeof("/dev/") > sizeof(loop) ||
		    !is_on(entry->d_name, path))
			continue;
		(void)snprintf(loop, sizeof(loop), "/dev/%.16s",
			       entry->d_name);
		r = fn(arg, loop);
	}
	return r;
}
