/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * background.h - a process that goes on when its command has returned
 *
 * The child does all the work from the start and keeps the terminal until it
 * is ready; the parent waits, and returns with the child's exit code.
 */
#ifndef FILTERD_BACKGROUND_H
#define FILTERD_BACKGROUND_H

#include "failure.h"

/*
 * Forks, before any thread was started.  Returns in the child only: a
 * descriptor for background_ready(), or a negative errno said in @f (in the
 * parent, when there is no child).  The parent passes SIGINT and SIGTERM on.
 */
int background_enter(struct failure *f);

/* Everything is up: the parent returns 0, and this process leaves the
   terminal and closes what its caller may wait for. */
void background_ready(int fd);

#endif /* FILTERD_BACKGROUND_H */
