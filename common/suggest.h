/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suggest.h - did you mean ...?
 */
#ifndef FILTERD_SUGGEST_H
#define FILTERD_SUGGEST_H

#include <stddef.h>

/*
 * The entry of @words (@n of them) that is nearest to @word, the first of
 * equals, if typing errors explain it: a third of @word's length at most, and
 * two letters that changed places count once.  Else NULL.
 */
const char *suggest(const char *word, const char *const *words, size_t n);

#endif /* FILTERD_SUGGEST_H */
