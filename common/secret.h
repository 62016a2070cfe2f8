/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * secret.h - memory for keys and passphrases
 *
 * Whole pages of their own: locked, left out of core dumps, gone in a forked
 * child, wiped when they are freed.  Where the limit does not allow locking
 * (ulimit -l), the memory is given all the same and one warning is logged.
 */
#ifndef FILTERD_SECRET_H
#define FILTERD_SECRET_H

#include <stddef.h>

/* @len zeroed bytes (0 is one page); NULL: out of memory. */
void *secret_new(size_t len);

/* @len as it was in secret_new(); NULL is allowed. */
void secret_free(void *secret, size_t len);

/* Locks what is mapped already, and keeps it out of core dumps. */
void secret_protect(void *at, size_t len);

/*
 * For the whole process, before it has a key: its memory goes into no core
 * file, and processes of the same user cannot look into it.
 */
void secret_seal(void);

#endif /* FILTERD_SECRET_H */
