/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bytes.c - a map's bytes: read and written whole
 */
#include <errno.h>
#include <unistd.h>

#include "bytes.h"

int bytes_read(int fd, void *buf, size_t len, uint64_t off)
{
	char *at = buf;

	if (off > INT64_MAX - len)
		return -EIO;
	while (len > 0) {
		ssize_t n = pread(fd, at, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int bytes_write(int fd, const void *buf, size_t len, uint64_t off)
{
	const char *at = buf;

	if (off > INT64_MAX - len)
		return -EFBIG;
	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
