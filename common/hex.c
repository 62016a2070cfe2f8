/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hex.c - bytes as hexadecimal digits
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "hex.h"
#include "parse.h"

char *hex_write(const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;
	char *text = malloc(2 * len + 1);

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[at[i] >> 4];
		text[2 * i + 1] = digits[at[i] & 15];
	}
	text[2 * len] = '\0';
	return text;
}

int hex_read(const char *text, unsigned char **ret, size_t *ret_len)
{
	size_t len = strlen(text) / 2;
	_cleanup_free_ unsigned char *bytes = NULL;

	if (strlen(text) % 2 != 0)
		return -EINVAL;
	bytes = malloc(len + 1);
	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		int high = parse_hex_digit(text[2 * i]);
		int low = parse_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret = take_ptr(&bytes);
	*ret_len = len;
	return 0;
}
