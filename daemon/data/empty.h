/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * empty.h - the store without a byte
 *
 * What a filter stands on that needs no disk.  Its size is 0, so that no
 * request reaches it; it may be "written", since a filter on it publishes what
 * it likes.
 */
#ifndef FILTERD_EMPTY_H
#define FILTERD_EMPTY_H

#include "store.h"

/* There is nothing in it to change, and so one for all; any thread. */
struct store *empty_store(void);

#endif /* FILTERD_EMPTY_H */
