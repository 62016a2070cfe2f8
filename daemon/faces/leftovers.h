/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * leftovers.h - what a mount that died left in its directory
 *
 * Placeholder files, dead FUSE mounts on them (ENOTCONN), links and the
 * socket.  Nothing else is touched: whatever a person put there stays.
 */
#ifndef FILTERD_LEFTOVERS_H
#define FILTERD_LEFTOVERS_H

/*
 * Clears the directory open as @fd (path @path), whose lock the caller holds,
 * and says so.  0: it is empty now, or was; -ENOTEMPTY: something is in it
 * that is not ours; or a negative errno.
 */
int leftovers_clear(int fd, const char *path);

/* Removes the symlinks in the directory @name of @fd, and it. */
void leftovers_clear_links(int fd, const char *name);

/* Removes the empty directory @fd where it is, whatever lies at @path by now;
   -ENOENT: it has another name.  Or another negative errno. */
int leftovers_remove_dir(int fd, const char *path);

#endif /* FILTERD_LEFTOVERS_H */
