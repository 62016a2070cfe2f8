/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cleanup.h - resources that end with the scope that owns them
 *
 *	_cleanup_fd_ int fd = -1;
 *	...
 *	return take_fd(&fd);	// success: the caller owns it now
 */
#ifndef FILTERD_CLEANUP_H
#define FILTERD_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((__cleanup__(f)))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(const int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		(void)close(*fd);
		errno = saved;
	}
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

static inline void cleanup_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#define _cleanup_free_	_cleanup_(cleanup_free)
#define _cleanup_fd_	_cleanup_(cleanup_fd)
#define _cleanup_file_	_cleanup_(cleanup_file)
#define _cleanup_dir_	_cleanup_(cleanup_dir)

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(p)						\
	({ __typeof__(*(p)) _taken = *(p); *(p) = NULL; _taken; })

#endif /* FILTERD_CLEANUP_H */
