/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fstab.h - the options of a line in /etc/fstab: ours, the file system's, and
 * those that are for others
 */
#ifndef FILTERCTL_FSTAB_H
#define FILTERCTL_FSTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

/* Unset members are NULL or 0.  The texts are allocated. */
struct fstab {
	/* fstype=, key-file=, keyfile-offset=, keyfile-size=, filter=,
	   volume=, sector-size= */
	char *type, *key_file, *filter, *volume;
	uint64_t key_offset, key_size, sector;
	bool read_only;
	char *rest;	/* for mount(8) and the file system; NULL: nothing */
};

/*
 * Adds @options, "a,b=c,d=\"e,f\"": a comma in quotes is part of its value.
 * What concerns only who mounts (nofail, noauto, user, x-..., comment=) is
 * passed over.  0, -ENOMEM, or -EINVAL said in @f.
 */
int fstab_add(struct fstab *fstab, const char *options, struct failure *f);
void fstab_clear(struct fstab *fstab);

#endif /* FILTERCTL_FSTAB_H */
