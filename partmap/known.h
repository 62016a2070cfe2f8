/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known.h - formats that are known and that nothing here opens: what they are,
 * and what somebody who has one can do
 *
 * Data: a row a format.  What a signature alone does not tell, a parser that
 * reads a few blocks does; it reads foreign bytes, so it runs in the helper.
 * A row is for a medium on which nothing stands: where a filter learns to open
 * a format, its personality is enough, and the row can go.
 */
#ifndef FILTERD_KNOWN_H
#define FILTERD_KNOWN_H

#include <stdbool.h>

#include "partmap.h"

enum known_use {
	KNOWN_CLOSED,	/* as it is, of use to nobody: it is not published */
	KNOWN_MEMBER,	/* what puts it together takes it as it is */
};

/* What its next step has to be given. */
enum known_needs {
	KNOWN_FILE,	/* a file or a block device */
	KNOWN_DEVICE,	/* a block device */
	KNOWN_DISK,	/* the whole disk, as a block device */
};

struct known {
	const char *id;		/* "lvm", for programs: it never changes */
	const char *name;	/* "an LVM physical volume" */
	enum known_use use;
	enum known_needs needs;
	const char *step;	/* what to do; "{}" is the device */
	bool mirror;		/* may look like what it is a copy of: a map on
				   it may be that of the whole */
};

/* The bytes of a medium, for the parsers. */
struct known_medium {
	/* Whole granules.  0 or a negative errno. */
	int (*read)(void *arg, void *buf, size_t len, uint64_t off);
	void *arg;
	uint64_t size;
	uint32_t granule;
	const char *hint;	/* content hint, or "" */
};

/*
 * The id of what @medium, on which @signature was found, is; "": nothing of
 * this table.  What cannot be read counts as not there.
 */
const char *known_recognise(const struct known_medium *medium,
			    const struct partmap_signature *signature);

/* The row of an id; NULL: there is none. */
const struct known *known_find(const char *id);

/* All rows; the id of the last is NULL. */
extern const struct known known_table[];

/* [@off, @off + @len), of any alignment.  0; -EIO outside of the medium; or a
   negative errno. */
int known_read(const struct known_medium *medium, void *buf, size_t len,
	       uint64_t off);

#endif /* FILTERD_KNOWN_H */
