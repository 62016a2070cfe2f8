/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * consider.h - whether a personality would stand on a pass's medium
 *
 * First whether its category is free, then its conditions, its filter's
 * module, and what the filter's probe or the map's scan says.
 */
#ifndef FILTERD_CONSIDER_H
#define FILTERD_CONSIDER_H

#include "pass.h"

/* Makes personality @at a candidate, or ends its outcome.  Returns 0, also
   when it was ended; or -ENOMEM or -ECANCELED. */
int consider(struct pass *pass, size_t at);

#endif /* FILTERD_CONSIDER_H */
