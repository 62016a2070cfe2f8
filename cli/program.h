/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - another program, run and waited for
 */
#ifndef FILTERCTL_PROGRAM_H
#define FILTERCTL_PROGRAM_H

#include <stdbool.h>

#include "failure.h"

/*
 * Runs argv[0], looked for where system programs are and in PATH, with our
 * terminal, and waits for it.  @quiet: what it says of errors is not shown.  0
 * when it exits with 0; else said in @f: -ENOENT there is none, -EIO it failed.
 */
int program_run(const char *const *argv, bool quiet, struct failure *f);

#endif /* FILTERCTL_PROGRAM_H */
