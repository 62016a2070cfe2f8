/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suggest.h - did you mean ...?
 */
#ifndef FILTERD_SUGGEST_H
#define FILTERD_SUGGEST_H

#include <stddef.h>

/*
 * The entry of @words (@n of them) that a typing error away from @word (a
 * third of its length at most, transpositions count once), or NULL.
 */
const char *suggest(const char *word, const char *const *words, size_t n);

#endif /* FILTERD_SUGGEST_H */
