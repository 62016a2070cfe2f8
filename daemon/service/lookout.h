/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lookout.h - tells when configuration files change
 *
 * Directories that are not there are looked out for as well: a package or an
 * administrator may make them.
 */
#ifndef FILTERD_LOOKOUT_H
#define FILTERD_LOOKOUT_H

struct lookout;

/*
 * Calls @fn when something in @dirs (absolute; the last is NULL), or in a
 * directory NAME.d there, has changed, and nothing more for @quiet_ms
 * milliseconds: whoever writes several files is done then.  Files whose names
 * begin with a dot do not count.  Main thread, as @fn is called.  0 or -errno.
 */
int lookout_open(const char *const *dirs, unsigned quiet_ms,
		 void (*fn)(void *arg), void *arg, struct lookout **ret);
void lookout_close(struct lookout *lookout);	/* NULL is allowed */

#endif /* FILTERD_LOOKOUT_H */
