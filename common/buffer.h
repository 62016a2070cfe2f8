/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * buffer.h - bytes that wait: appended at one end, taken at the other
 *
 * Zeroed, it is empty.  Its memory grows by doubling, and is given back when
 * the last byte is taken: a peer that was loud once costs nothing afterwards.
 */
#ifndef FILTERD_BUFFER_H
#define FILTERD_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t start, end;	/* what waits is in between */
	size_t size;		/* of the memory */
};

/* How many bytes wait, and the first of them. */
size_t buffer_waiting(const struct buffer *buffer);
char *buffer_first(const struct buffer *buffer);

/* Room for @more bytes at data + end, of which buffer_waiting() and @more are
   bounded by the caller.  0 or -ENOMEM. */
int buffer_reserve(struct buffer *buffer, size_t more);

/* Takes @len bytes, which wait. */
void buffer_take(struct buffer *buffer, size_t len);

/* Frees it: it is empty then. */
void buffer_clear(struct buffer *buffer);

#endif /* FILTERD_BUFFER_H */
