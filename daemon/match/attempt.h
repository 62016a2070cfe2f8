/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.h - a candidate's turn to stand on the medium
 */
#ifndef FILTERD_ATTEMPT_H
#define FILTERD_ATTEMPT_H

#include "candidate.h"

/*
 * Starts @candidate, unless its category is taken, or another one failed in
 * just the same way, or only looking was asked for and it may need a secret;
 * and records what came of it.  Returns 0, also when it failed; or -ENOMEM or
 * -ECANCELED.
 */
int attempt_make(struct pass *pass, struct candidate *candidate);

/* When all had their turn: tells of those that failed last. */
void attempt_end(const struct pass *pass);

#endif /* FILTERD_ATTEMPT_H */
