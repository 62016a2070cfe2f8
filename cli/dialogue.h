/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dialogue.h - a connection to a filter that lasts: lines from the user, and
 * messages from the filter
 */
#ifndef FILTERCTL_DIALOGUE_H
#define FILTERCTL_DIALOGUE_H

#include <stdbool.h>

#include "failure.h"

/*
 * Connects to the filter that @name means, sends each line of standard input
 * ("CODE [DATA]"; @hex: DATA is hexadecimal), and prints "answer: HEX",
 * "message: HEX" for what comes unasked, or "error: TEXT".  Returns 0 when the
 * input ends; else what failed, said in @f.
 */
int dialogue_run(const char *name, bool hex, struct failure *f);

#endif /* FILTERCTL_DIALOGUE_H */
