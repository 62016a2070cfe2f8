/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transfer.h - a volume copied out or in without FUSE: Copy
 */
#ifndef FILTERD_TRANSFER_H
#define FILTERD_TRANSFER_H

#include "task.h"

/* {source, volume, in, fd, key_fd, passphrase_fd, key_offset, key_size}: the
   descriptors by their index among those of the call.  Claims the source and
   starts what matches; tells its progress. */
int transfer(struct task *task, struct failure *f);

#endif /* FILTERD_TRANSFER_H */
