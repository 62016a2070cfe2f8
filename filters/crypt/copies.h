/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copies.h - the two copies of a LUKS2 header
 */
#ifndef COPIES_H
#define COPIES_H

#include <libcryptsetup.h>

#include "header.h"

/*
 * Warns of a damaged copy.  One good copy is enough for the library, which has
 * loaded @cd from it and says nothing.
 */
void copies_warn(const struct header *header, struct crypt_device *cd);

#endif /* COPIES_H */
