/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * opening.h - a disk or image, from its name to descriptors of our own
 *
 * What was named is first opened with O_PATH, which has no effect on it, and
 * looked at; only a file or block device is then opened for real, and through
 * that descriptor, so that nothing can be put in its place between.  What
 * somebody passes takes the place of the first.  @path is for messages; @f
 * says every error.
 */
#ifndef FILTERD_OPENING_H
#define FILTERD_OPENING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "failure.h"

/* A descriptor of what is at @path, without touching it; regular or block
   alone.  -ENOTBLK, or another negative errno. */
int opening_path(const char *path, struct stat *ret, struct failure *f);

/* The same check of what somebody passed; and whether he had opened it for
   reading, and for writing where we shall write: opening it again must not
   give him more. */
int opening_check(int fd, const char *path, const struct stat *st,
		  bool writable, struct failure *f);

/* A descriptor to read or write through, with an offset and locks of its own,
   of what one of these two was for.  -EBUSY says who has it. */
int opening_again(int path_fd, const char *path, const struct stat *st,
		  bool writable, struct failure *f);

/* The path that the kernel knows of a descriptor.  The caller's.  0 or a
   negative errno, not said. */
int opening_name(int fd, char **ret);

#endif /* FILTERD_OPENING_H */
