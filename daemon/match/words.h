/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * words.h - a value as a list of words, quoted as in a shell
 *
 * White space parts words.  '...' keeps all as it is; "..." and bare words
 * know \\, \", \', "\ " and \xNN, so that what escape() printed can be pasted.
 */
#ifndef FILTERD_WORDS_H
#define FILTERD_WORDS_H

#include <stddef.h>

/*
 * Splits @value; *ret holds *ret_n words and is the caller's, to be freed with
 * words_free().  Returns 0, -ENOMEM, or -EINVAL with the reason in *ret_why, a
 * constant.
 */
int words_split(const char *value, char ***ret, size_t *ret_n,
		const char **ret_why);
void words_free(char **words, size_t n);

#endif /* FILTERD_WORDS_H */
