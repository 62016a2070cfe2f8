/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trusted.h - files whose contents may be run
 *
 * Such a file, its directory and all directories above belong to root (or, for
 * the caller's own processes, to the caller), and nobody else can write them.
 */
#ifndef FILTERD_TRUSTED_H
#define FILTERD_TRUSTED_H

#include "failure.h"

/*
 * Opens the regular file @name, which holds no slash, in the directory @dir
 * for reading; what was checked is what the descriptor shows.  Returns 0;
 * -ENOENT, not said in @f, when it is not there; -EPERM: others could write
 * it, or it is a link; -ENOEXEC: it is no regular file; or a negative errno.
 */
int trusted_open(const char *dir, const char *name, int *ret,
		 struct failure *f);

#endif /* FILTERD_TRUSTED_H */
