/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.h - another program, run and waited for
 */
#ifndef FILTERCTL_PROGRAM_H
#define FILTERCTL_PROGRAM_H

#include "failure.h"

/*
 * Runs argv[0], looked for in PATH and where system programs are, with our
 * terminal, and waits for it.  0 when it exits with 0; else said in @f:
 * -ENOENT there is none, -EIO it failed (*ret_status: its exit code, or 128
 * and the signal; may be NULL).
 */
int program_run(const char *const *argv, int *ret_status, struct failure *f);

#endif /* FILTERCTL_PROGRAM_H */
