/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * segment.h - where a LUKS2 volume's data lie, by its JSON metadata
 *
 * What libcryptsetup checks when it activates a volume, and leaves out when it
 * gives its key away: that there is one segment, and that nothing is required
 * of us that we do not know (LUKS2 On-Disk Format Specification, 3.3 and 3.6).
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdint.h>

#include <filterd/filter.h>

struct segment {
	uint64_t offset;		/* bytes */
	uint64_t size;			/* bytes; 0: to the medium's end */
	uint64_t iv_first;		/* in 512 bytes */
	uint32_t sector_size;		/* bytes */
	char cipher[64];
};

/*
 * Reads the one segment that @json, crypt_dump_json()'s, describes.
 * -EOPNOTSUPP: something we cannot serve; -EBADMSG: it makes no sense; both
 * said to @next.
 */
int segment_read(struct filter_next *next, const char *json,
		 struct segment *ret);

#endif /* SEGMENT_H */
