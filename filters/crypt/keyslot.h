/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keyslot.h - the keyslots of a LUKS header that a passphrase is tried on
 */
#ifndef KEYSLOT_H
#define KEYSLOT_H

#include <stddef.h>
#include <stdint.h>

#include <libcryptsetup.h>

#include "header.h"

#define KEYSLOT_MAX	32		/* of LUKS2; LUKS1 has 8 */

struct keyslots {
	struct crypt_device *cd;
	struct filter_next *next;
	int slots[KEYSLOT_MAX];		/* in the order to try them */
	unsigned n;
};

/*
 * Chooses slot @only, or all (CRYPT_ANY_SLOT), preferred ones first, and has
 * their areas copied.  Passed over, with a warning: those whose cipher OpenSSL
 * lacks, or whose key derivation needs more than @memory_limit bytes.
 * None is left: -EOPNOTSUPP, or -ENOKEY if there never was one; said.
 */
int keyslots_choose(struct keyslots *k, struct crypt_device *cd,
		    struct header *header, int only, uint64_t memory_limit);

/*
 * Tries @passphrase on each, which costs a key derivation.  Returns 0 and
 * exactly @key_len bytes in @key; -EPERM: it opens none; -ECANCELED; -ENOMEM
 * and others are said.
 */
int keyslots_open(struct keyslots *k, const struct filter_secret *passphrase,
		  void *key, size_t key_len);

#endif /* KEYSLOT_H */
