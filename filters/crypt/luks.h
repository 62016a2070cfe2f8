/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * luks.h - LUKS headers, through libcryptsetup; in the helper alone
 */
#ifndef LUKS_H
#define LUKS_H

#include <stdint.h>

#include <filterd/filter.h>

#include "crypt.h"

struct luks_options {
	struct filter_next *header;	/* a detached one; NULL: at the data */
	uint64_t size;			/* bytes of data to use; 0: all */
	int slot;			/* CRYPT_ANY_SLOT: any */
	uint64_t memory_limit;		/* of a key derivation, bytes */
};

/* 0: there is a LUKS header on @header (NULL: @next), whole or not; -ENODEV:
   none, said. */
int luks_probe(struct filter_next *next, struct filter_next *header);

/*
 * Finds out whether we can open the volume, then asks until a passphrase opens
 * a keyslot, and fills @ret with the key and the place of the data.  What
 * cannot be opened is refused before the question.  Errors are said:
 * -EBADMSG: a damaged or cut header; -EOPNOTSUPP: something we do not have,
 * by name; -ENOKEY; -ECANCELED.
 */
int luks_prepare(struct filter_next *next, const struct luks_options *options,
		 struct crypt_ticket *ret);

#endif /* LUKS_H */
