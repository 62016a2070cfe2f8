/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apple-write.h - makes an Apple Partition Map; write_map() is for all maps
 */
#ifndef FILTERD_APPLE_WRITE_H
#define FILTERD_APPLE_WRITE_H

#include "write.h"

/* As write_map(), with blocks of @block bytes. */
int apple_write(int fd, uint64_t size, uint32_t block,
		const struct write_part *parts, size_t n, struct failure *f);

#endif /* FILTERD_APPLE_WRITE_H */
