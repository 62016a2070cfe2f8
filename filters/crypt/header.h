/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * header.h - a copy of a medium's header, for a library that opens files
 *
 * libcryptsetup opens paths, and may mend what it finds damaged by writing to
 * it.  So it is given a file in memory that holds the header's bytes at their
 * places, and nothing else.  The medium stays as it is, whatever it is made of.
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include <filterd/filter.h>

/* The most that LUKS2 takes: two times 4 MiB, and 128 MiB of keyslots. */
#define HEADER_MAX	(136u << 20)

struct header {
	struct filter_next *next;	/* whom to tell */
	struct filter_next *from;	/* what the header lies on */
	int fd;				/* of HEADER_MAX bytes, sparse */
	char path[32];
	unsigned char *buf;		/* FILTER_MAX_IO bytes */
	bool unreadable;		/* the medium did not give all */
};

/*
 * Reads @len bytes (to 4096) at @off, whatever the medium's granule.
 * -ENODATA: the medium ends before that.
 */
int header_peek(struct filter_next *next, void *buf, size_t len, uint64_t off);

/* An empty copy of what lies on @from; @next has the services.  Close in any
   case. */
int header_open(struct header *h, struct filter_next *next,
		struct filter_next *from);
void header_close(struct header *h);

/*
 * Copies @len bytes from @off (more, to whole granules; less, where the medium
 * or HEADER_MAX ends).  What a bad disk does not give stays zero and
 * unreadable is set: headers have a second copy, keyslots have neighbours.
 */
int header_copy(struct header *h, uint64_t off, uint64_t len);

/* From the copy; zeros where nothing was copied. */
int header_read(const struct header *h, void *buf, size_t len, uint64_t off);

#endif /* HEADER_H */
