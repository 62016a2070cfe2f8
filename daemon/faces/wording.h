/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wording.h - a medium in words: what it holds, what became of it
 */
#ifndef FILTERD_WORDING_H
#define FILTERD_WORDING_H

#include <stddef.h>

#include "medium.h"

/* Room for any text of a disk; what is longer is cut. */
#define WORDING_LEN 1024

/* "Linux LUKS", what people call it, unescaped; NULL: no such name. */
const char *wording_friendly(const struct medium *medium);

/* "Linux LUKS, crypto_LUKS": what the medium holds, escaped, into @buf. */
const char *wording_kind(const struct medium *medium, char *buf, size_t len);

/* What became of the medium: "crypt (luks2, score 1000)", "no filter":
   escaped, into @buf. */
const char *wording_fate(const struct medium *medium, char *buf, size_t len);

/* The outcome of what stands on the medium, or else the one of a filter that
   got past its conditions and furthest; NULL: none. */
const struct outcome *wording_furthest(const struct medium *medium);

/* Why the outcome is as it is, escaped; "": no reason was given. */
const char *wording_reason(const struct outcome *outcome);

#endif /* FILTERD_WORDING_H */
