/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apfs.h - whether an APFS container has volumes that are encrypted
 */
#ifndef FILTERD_APFS_H
#define FILTERD_APFS_H

struct known_medium;

/* "apfs-filevault", or "" where no volume is encrypted (known.h). */
const char *apfs_look(const struct known_medium *medium);

#endif /* FILTERD_APFS_H */
