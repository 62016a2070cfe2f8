/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * holders.h - who has a volume's file open, for messages
 */
#ifndef FILTERD_HOLDERS_H
#define FILTERD_HOLDERS_H

#include <stddef.h>

/*
 * Writes "/dev/loop3 (mounted on /mnt), pid 812 (mkfs.ext4)" for the file at
 * @path, which is absolute and without links; escaped, and cut at @size bytes.
 * "" when nobody is found, or nobody that we may look at.  Asks the file's
 * server for nothing, so a hung volume can be asked about.  Returns @buf.
 */
char *holders_of(const char *path, char *buf, size_t size);

#endif /* FILTERD_HOLDERS_H */
