/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attached.h - a source that the service has attached, or is to attach
 */
#ifndef FILTERCTL_ATTACHED_H
#define FILTERCTL_ATTACHED_H

#include <json-c/json.h>

#include "keys.h"

/* How a source is to be attached; texts that are not given are NULL. */
struct attached_wish {
	const char *source;	/* a disk, an image; SOURCE:2 */
	const char *filter;	/* to start on it */
	struct keys keys;
	uint64_t sector;	/* of an image; 0: not said */
	bool read_only, keep_going;
	bool loop;		/* with a loop device on each volume */
	bool until_closed;	/* it goes when its last user has closed */
};

/*
 * Has the service attach it.  *ret, the caller's: {source, path, media,
 * volumes ...}, each volume with its path.  0, or what failed, said in @f.
 */
int attached_new(const struct attached_wish *wish, struct json_object **ret,
		 struct failure *f);

/*
 * What is attached that @name means: a source, the directory of its volumes,
 * or a medium of it.  *ret as above, with its name and state.  EXIT_NOT_FOUND
 * in @f: there is none; EXIT_BUSY: it comes or goes, and that takes long.
 */
int attached_find(const char *name, struct json_object **ret,
		  struct failure *f);

/* Detaches it, and returns when it is gone.  0, or said in @f: EXIT_NOT_FOUND,
   EXIT_BUSY ... */
int attached_detach(const char *name, struct failure *f);

#endif /* FILTERCTL_ATTACHED_H */
