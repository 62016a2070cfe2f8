/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * buffer.c - see buffer.h
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "util.h"

#define FIRST 4096u
#define KEPT 16384u		/* what an empty one may keep */

size_t buffer_waiting(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

char *buffer_first(const struct buffer *buffer)
{
	return buffer->data + buffer->start;
}

int buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t size = MAX(buffer->size, (size_t)FIRST);
	char *data;

	if (buffer->size - buffer->end >= more)
		return 0;
	if (buffer->start > 0)
		memmove(buffer->data, buffer->data + buffer->start,
			buffer_waiting(buffer));
	buffer->end -= buffer->start;
	buffer->start = 0;
	while (size - buffer->end < more)
		size *= 2;
	if (size == buffer->size)
		return 0;
	data = realloc(buffer->data, size);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->size = size;
	return 0;
}

void buffer_take(struct buffer *buffer, size_t len)
{
	assert(len <= buffer_waiting(buffer));
	buffer->start += len;
	if (buffer_waiting(buffer) > 0)
		return;
	if (buffer->size > KEPT)
		buffer_clear(buffer);
	buffer->start = 0;
	buffer->end = 0;
}

void buffer_clear(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){ 0 };
}
