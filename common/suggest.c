/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suggest.c - see suggest.h
 *
 * The distance counts insertions, deletions, changes, and neighbours that
 * swapped places (Damerau's, in its restricted form), without case.
 */
#include <string.h>

#include "suggest.h"
#include "util.h"

#define MAX_LEN 64	/* longer words are no slip of a finger */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned distance(const char *a, size_t len_a, const char *b,
			 size_t len_b)
{
	/* rows[i % 3][j]: from the first i characters to the first j */
	unsigned rows[3][MAX_LEN + 1];

	for (unsigned j = 0; j <= len_b; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= len_a; i++) {
		unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);

			now[j] = MIN(last[j], now[j - 1]) + 1;
			now[j] = MIN(now[j], last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) &&
			    y == lower(a[i - 2]))
				now[j] = MIN(now[j], before[j - 2] + 1);
		}
	}
	return rows[len_a % 3][len_b];
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word), best = len / 3 + 1;
	const char *found = NULL;

	if (len > MAX_LEN)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(words[i]);
		unsigned d;

		if (other > MAX_LEN)
			continue;
		d = distance(word, len, words[i], other);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
