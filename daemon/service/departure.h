/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * departure.h - an attachment that goes when the last user has closed its
 * volumes
 *
 * So whoever mounts a file system on one need not come back: umount(8) closes
 * the loop device, that the volume, and that detaches the source.  Main thread.
 */
#ifndef FILTERD_DEPARTURE_H
#define FILTERD_DEPARTURE_H

#include "attachment.h"

struct departure;

/* Of @attachment, which has not begun yet.  One that nobody has opened stays.
   0 or -errno. */
int departure_new(struct attachment *attachment, struct departure **ret);

/* A detach was refused: whoever left meanwhile is not forgotten. */
void departure_again(struct departure *departure);

/* When nothing is published any more.  NULL is allowed. */
void departure_free(struct departure *departure);

#endif /* FILTERD_DEPARTURE_H */
