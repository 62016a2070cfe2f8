/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * umount.h - the verb umount
 */
#ifndef FILTERD_UMOUNT_H
#define FILTERD_UMOUNT_H

/* @argv[0] is the verb; returns an exit code. */
int umount_verb(int argc, char **argv);

#endif /* FILTERD_UMOUNT_H */
