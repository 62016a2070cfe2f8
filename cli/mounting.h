/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounting.h - from a disk to a mounted file system, in one step
 *
 * The service attaches the source; what follows happens here, with our rights
 * and in our mount namespace: a loop device on the volume, and mount(8).  Each
 * stands on the one before and goes with it, so that umount(8) alone takes all
 * down: the loop device clears itself, and the service detaches a source that
 * was attached for this when its last volume is closed.
 */
#ifndef FILTERCTL_MOUNTING_H
#define FILTERCTL_MOUNTING_H

#include <json-c/json.h>

#include "keys.h"

/* Texts that are not given are NULL. */
struct mounting {
	const char *source;	/* a disk, an image; SOURCE:2 */
	const char *dir;
	const char *volume;	/* which, where there are several */
	const char *type;	/* of the file system; NULL: mount(8) looks */
	const char *options;	/* for mount(8) */
	const char *filter;	/* to start on the source */
	struct keys keys;
	uint64_t sector;	/* of an image; 0: not said */
	bool read_only;
	bool fake;		/* all but mounting itself */
};

/*
 * Mounts it.  *ret: {source, volume, path, loop, dir}, the caller's; NULL is
 * allowed.  On error, said in @f, nothing is attached or mounted that was not
 * before.  Blocks.
 */
int mounting_run(const struct mounting *mounting, struct json_object **ret,
		 struct failure *f);

#endif /* FILTERCTL_MOUNTING_H */
