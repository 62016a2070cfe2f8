/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount.h - the verb mount
 */
#ifndef FILTERD_MOUNT_H
#define FILTERD_MOUNT_H

/* @argv[0] is the verb; returns an exit code. */
int mount_verb(int argc, char **argv);

#endif /* FILTERD_MOUNT_H */
