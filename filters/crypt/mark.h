/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mark.h - the bytes by which a LUKS header is known, before a library looks
 */
#ifndef MARK_H
#define MARK_H

#include <stdbool.h>
#include <stdint.h>

#include <filterd/filter.h>

#define MARK_LONGEST	(8u << 20)	/* two copies of 4 MiB */

struct mark {
	unsigned version;		/* of LUKS; 1, 2, or one we know not */
	uint64_t head;			/* bytes to give to the library first */
	uint64_t least;			/* bytes that its medium must have */
};

/*
 * Looks for LUKS1, LUKS2, and the second copy of a LUKS2 header.  -ENODEV:
 * nothing of them; or why the medium cannot be read.
 */
int mark_find(struct filter_next *next, struct mark *ret);

#endif /* MARK_H */
