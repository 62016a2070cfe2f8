/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * words.c - see words.h
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "parse.h"
#include "words.h"

#define BLANKS " \t\n\r\f\v"

void words_free(char **words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	free(words);
}

/* What stands behind the backslash at @s; returns how long it is, or 0. */
static size_t unescape(const char *s, char *ret)
{
	int high, low;

	if (*s == 'x') {
		high = parse_hex_digit(s[1]);
		low = high < 0 ? -1 : parse_hex_digit(s[2]);
		if (low < 0 || (high | low) == 0)
			return 0;
		*ret = (char)(high << 4 | low);
		return 3;
	}
	if (*s == '\0' || !strchr("\\\"' ", *s))
		return 0;
	*ret = *s;
	return 1;
}

/* Copies the word at *@from to @to, which has room for all of it. */
static int take_word(const char **from, char *to, const char **ret_why)
{
	const char *s = *from;
	char quote = '\0';

	for (; *s && (quote || !strchr(BLANKS, *s)); s++) {
		if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? '\0' : *s;
		} else if (*s == '\\' && quote != '\'') {
			size_t len = unescape(s + 1, to);

			if (len == 0) {
				*ret_why = "a backslash stands before \\, a "
					   "quote, a blank or xNN";
				return -EINVAL;
			}
			s += len;
			to++;
		} else {
			*to++ = *s;
		}
	}
	if (quote) {
		*ret_why = "a quote is not closed";
		return -EINVAL;
	}
	*to = '\0';
	*from = s;
	return 0;
}

static int append(char ***words, size_t *n, const char *word)
{
	char **more = reallocarray(*words, *n + 1, sizeof(**words));

	if (!more)
		return -ENOMEM;
	*words = more;
	more[*n] = strdup(word);
	if (!more[*n])
		return -ENOMEM;
	(*n)++;
	return 0;
}

int words_split(const char *value, char ***ret, size_t *ret_n,
		const char **ret_why)
{
	_cleanup_free_ char *word = malloc(strlen(value) + 1);
	char **words = NULL;
	size_t n = 0;
	int r = word ? 0 : -ENOMEM;

	for (;;) {
		value += strspn(value, BLANKS);
		if (r < 0 || *value == '\0')
			break;
		r = take_word(&value, word, ret_why);
		if (r == 0)
			r = append(&words, &n, word);
	}
	if (r < 0) {
		words_free(words, n);
		return r;
	}
	*ret = words;
	*ret_n = n;
	return 0;
}
