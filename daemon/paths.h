/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * paths.h - where the installed parts are
 *
 * If the program runs below another root than it was built for (a DESTDIR),
 * told from /proc/self/exe, all its paths begin there too.
 */
#ifndef FILTERD_PATHS_H
#define FILTERD_PATHS_H

/* Fixed for the process's life; main calls it first.  0 or -errno. */
int paths_init(void);

const char *paths_helper(void);		/* .../libexec/filterd/helper */
const char *paths_modules(void);
/* Where filterd.conf is looked for, and in each the folder of personalities.
   Highest first: etc, run, local lib, lib; the last is NULL. */
const char *const *paths_configuration(void);
const char *const *paths_personalities(void);
/*
 * /run/filterd for root, below no other root; else $XDG_RUNTIME_DIR/filterd, if
 * that is a directory of ours, or /tmp/filterd-UID.  Only a name: who makes it
 * makes it 0700, and trusts none that is not its own.
 */
const char *paths_runtime(void);

#endif /* FILTERD_PATHS_H */
