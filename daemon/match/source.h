/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source.h - a disk or image that somebody named: opened, claimed, lost
 *
 * Scanned read-only and without a claim.  Claims: O_EXCL on a block device (on
 * the kernel's own partition nodes where there are some and only they are
 * used), an OFD lock over the whole of an image as qemu does, refused while a
 * loop device has it; flock LOCK_SH while held.
 */
#ifndef FILTERD_SOURCE_H
#define FILTERD_SOURCE_H

#include <sys/types.h>

#include "failure.h"

#include "device.h"
#include "medium.h"

struct source {
	char *path;		/* as named, without ":N" */
	char *name;		/* "sdb", "vault" */
	unsigned partition;	/* of "disk.img:2"; 0: none, also of /dev/sdb2,
				   whose root is that partition itself */
	bool block, writable;
	dev_t dev;		/* of a block device */
	struct device *device;
	int scan_fd;		/* read-only, for the helper; has the flock */
	int claim_fd;		/* holds the locks; -1: not claimed */
	struct medium *root;
};

/*
 * Opens @spec ("disk.img", "disk.img:2", "/dev/sdb") once, without following
 * into FIFOs or terminals, and makes its whole medium.  @sector: of an image,
 * 0 unless the user said.  Known formats that are no disk (qcow2, VHD, VMDK,
 * dmg ...) are -EOPNOTSUPP with the next step.  @f says every error.
 */
int source_open(const char *spec, bool writable, uint32_t sector,
		struct source **ret, struct failure *f);

/* Calls it @name, its root medium too; before anything stands on that.  0 or
   -ENOMEM. */
int source_rename(struct source *source, const char *name);

/*
 * The same of what somebody else has opened, and with no more than his rights:
 * O_PATH is refused, and @writable what cannot be written.  @fd stays his.
 * @partition as in struct source.
 */
int source_open_fd(int fd, unsigned partition, bool writable,
		   uint32_t sector, struct source **ret, struct failure *f);

/*
 * Makes it ours, alone; a reader shares an image with other readers.  -EBUSY
 * says who has it where that can be found out.
 */
int source_claim(struct source *source, struct failure *f);

/* Closes; the tree's layers must be stopped.  NULL is allowed. */
void source_close(struct source *source);

#endif /* FILTERD_SOURCE_H */
