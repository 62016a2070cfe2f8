/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * partmap.h - what partition maps and signatures say about a medium
 *
 * It reads, never writes, and knows nothing of filters or of the daemon.
 * Everything here runs in the helper process [cold] on a descriptor.
 */
#ifndef FILTERD_PARTMAP_H
#define FILTERD_PARTMAP_H

#include <stdint.h>

#include <filterd/scheme.h>

#define PARTMAP_MAX_PARTS 1024		/* a map with more is refused */

/*
 * The schemes, by the score they start with (highest first); the last entry
 * is NULL.  gpt 4000, mbr 3000, apple 2000: with a driver map the Apple
 * scheme's scan raises it to 4000, and ties keep this order, so that GPT >
 * Apple with driver map > MBR > Apple without.  All others are lower.
 *
 * A scan returns 0, with a warning or nothing in @why; -ENODEV where there is
 * no such map; -EBADMSG where there is one, but too damaged to be used; both
 * with the reason in @why; or another negative errno (no reading the medium).
 */
extern const struct scheme *const partmap_schemes[];

const struct scheme *partmap_find(const char *name);

/* What is found on a medium that is no map.  "" where nothing is. */
struct partmap_signature {
	char type[32];		/* "crypto_LUKS", "ext4" */
	char label[64];
	char uuid[40];
	char ambiguous[64];	/* a second type that fits as well */
	char known[24];		/* what it is in the table of known.h */
};

/*
 * Looks for signatures in the first @size bytes of @fd, whose sectors have
 * @sector bytes, as libblkid does; known is left empty.  Returns 0 (also when
 * there is none) or a negative errno.
 */
int partmap_signature(int fd, uint64_t size, uint32_t sector,
		      struct partmap_signature *ret);

#endif /* FILTERD_PARTMAP_H */
