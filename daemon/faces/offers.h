/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * offers.h - "filterd mount" alone: what could be mounted here, and how
 */
#ifndef FILTERD_OFFERS_H
#define FILTERD_OFFERS_H

#include <stdbool.h>

/* Looks at every disk and image without claiming any.  An exit code. */
int offers_print(bool json);

#endif /* FILTERD_OFFERS_H */
