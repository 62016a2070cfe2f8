/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.h - a block device of the kernel's on a file
 *
 * It clears itself: it lives while somebody has it open or mounted, and holds
 * the file for so long; then both go, also when who made it was killed.
 */
#ifndef FILTERD_LOOP_H
#define FILTERD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

#define LOOP_PATH_LEN	24u

struct loop {
	int fd;				/* its first user */
	char path[LOOP_PATH_LEN];	/* "/dev/loop3" */
};

struct loop_options {
	uint32_t granule;	/* the file's unit of I/O, bytes, a power of
				   two; its sectors: 512 to 4096; 0: 512 */
	bool read_only;		/* as if the file were; it may be all the
				   same */
	bool cached;		/* through the file's page cache too */
};

/*
 * Puts a free device on the file open as @file, which stays the caller's and
 * may be closed; @path is what it is called in messages and by who asks the
 * device.  Fails for who may not (EXIT_DENIED, mostly not root), with what to
 * do, and where there are no loop devices (EXIT_UNSUPPORTED).  Blocks: the
 * file's server is asked, so that it must not be who calls.
 */
int loop_attach(int file, const char *path, const struct loop_options *options,
		struct loop *ret, struct failure *f);

/* No user of it any more: it goes, unless there are others.  One that was
   never attached has the descriptor -1. */
void loop_release(struct loop *loop);

/* The device of @fd takes over the size that its file has now.  0 or
   -errno; -ENXIO: there is no file on it. */
int loop_resize(int fd);

/*
 * The file of @device, "/dev/loop3" or a partition of it: *ret is its path, as
 * the kernel shows it, allocated.  -ENOTBLK: that is no loop device with a file
 * on it; -ENOMEM.
 */
int loop_file(const char *device, char **ret);

/*
 * Calls @fn for each device whose file is at @path (absolute, without links),
 * until one does not return 0; returns that.  @loop is "/dev/loop3".
 */
int loop_each_on(const char *path, int (*fn)(void *arg, const char *loop),
		 void *arg);

#endif /* FILTERD_LOOP_H */
