/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parse.c - see parse.h
 *
 * strtoull(3) is not used: it takes signs and white space.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "parse.h"
#include "util.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* In any case; "20 GiB", as format_size() writes it, is taken too. */
static const struct unit sizes[] = {
	{ "", 1 },			{ "B", 1 },
	{ "K", 1ull << 10 },		{ "KiB", 1ull << 10 },
	{ "M", 1ull << 20 },		{ "MiB", 1ull << 20 },
	{ "G", 1ull << 30 },		{ "GiB", 1ull << 30 },
	{ "T", 1ull << 40 },		{ "TiB", 1ull << 40 },
	{ "P", 1ull << 50 },		{ "PiB", 1ull << 50 },
	{ "E", 1ull << 60 },		{ "EiB", 1ull << 60 },
	{ "KB", 1000ull },
	{ "MB", 1000ull * 1000 },
	{ "GB", 1000ull * 1000 * 1000 },
	{ "TB", 1000ull * 1000 * 1000 * 1000 },
	{ "PB", 1000ull * 1000 * 1000 * 1000 * 1000 },
	{ "EB", 1000ull * 1000 * 1000 * 1000 * 1000 * 1000 },
};

static const struct unit times[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "min", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
};

int parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* What is no digit is above all bases. */
static unsigned digit(char c)
{
	return (unsigned)parse_hex_digit(c);
}

/* The digits that *s begins with; *s then stands behind them. */
static int take_digits(const char **s, unsigned base, uint64_t *ret)
{
	const char *p = *s;
	bool fits = true;
	uint64_t n = 0;

	if (digit(*p) >= base)
		return -EINVAL;
	for (; digit(*p) < base; p++)
		if (mul_overflow(n, (uint64_t)base, &n) ||
		    add_overflow(n, (uint64_t)digit(*p), &n))
			fits = false;
	*s = p;
	*ret = n;
	return fits ? 0 : -ERANGE;
}

int parse_u64(const char *s, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t n;
	int r;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	r = take_digits(&s, base, &n);
	if (r == -EINVAL || *s != '\0')
		return -EINVAL;
	if (r < 0)
		return r;
	*ret = n;
	return 0;
}

int parse_int(const char *s, int *ret)
{
	bool negative = s[0] == '-';
	uint64_t n, limit = negative ? (uint64_t)INT_MAX + 1 : INT_MAX;
	int r;

	r = parse_u64(negative ? s + 1 : s, &n);
	if (r < 0)
		return r;
	if (n > limit)
		return -ERANGE;
	*ret = (int)(negative ? -(int64_t)n : (int64_t)n);
	return 0;
}

#define FRACTION 1000000000u	/* digits behind the ninth are too small */

/* ".5" in parts of FRACTION, if *s begins with a point; else 0. */
static int take_fraction(const char **s, uint32_t *ret)
{
	uint32_t value = 0, worth = FRACTION;

	*ret = 0;
	if (**s != '.')
		return 0;
	(*s)++;
	if (digit(**s) >= 10)
		return -EINVAL;
	for (; digit(**s) < 10; (*s)++) {
		worth /= 10;
		value += (uint32_t)digit(**s) * worth;
	}
	*ret = value;
	return 1;
}

static const struct unit *find_unit(const struct unit *units, size_t n,
				    const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

/* A number, perhaps with a fraction, and its unit; rounded down. */
static int parse_scaled(const char *s, const struct unit *units, size_t n,
			uint64_t *ret)
{
	const struct unit *unit;
	uint64_t whole, result;
	uint32_t part;
	int r, fraction;

	r = take_digits(&s, 10, &whole);
	if (r == -EINVAL)
		return r;
	fraction = take_fraction(&s, &part);
	if (fraction < 0)
		return fraction;
	if (s[0] == ' ' && s[1] != '\0')
		s++;
	unit = find_unit(units, n, s);
	if (!unit || (fraction && unit->factor == 1))
		return -EINVAL;
	if (r < 0 || mul_overflow(whole, unit->factor, &result) ||
	    add_overflow(result,
			 (uint64_t)((unsigned __int128)part * unit->factor /
				    FRACTION), &result))
		return -ERANGE;
	*ret = result;
	return 0;
}

int parse_size(const char *s, uint64_t *ret)
{
	return parse_scaled(s, sizes, ARRAY_SIZE(sizes), ret);
}

int parse_time(const char *s, uint64_t *ret)
{
	return parse_scaled(s, times, ARRAY_SIZE(times), ret);
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(s, yes[i]) == 0) {
			*ret = true;
			return 0;
		}
		if (strcasecmp(s, no[i]) == 0) {
			*ret = false;
			return 0;
		}
	}
	return -EINVAL;
}

const char *format_size(uint64_t size, char buf[FORMAT_SIZE_LEN])
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB",
					     "PiB", "EiB" };
	uint64_t factor = 1, whole, tenths;
	size_t i = 0;

	while (i < ARRAY_SIZE(names) - 1 && size / factor >= 1024) {
		factor <<= 10;
		i++;
	}
	whole = size / factor;
	tenths = (size % factor * 10 + factor / 2) / factor;
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	if (whole == 1024 && i < ARRAY_SIZE(names) - 1) {
		whole = 1;
		i++;
	}
	if (tenths > 0)
		snprintf(buf, FORMAT_SIZE_LEN, "%u.%u %s", (unsigned)whole,
			 (unsigned)tenths, names[i]);
	else
		snprintf(buf, FORMAT_SIZE_LEN, "%u %s", (unsigned)whole,
			 names[i]);
	return buf;
}

int parse_numbered(const char *text, char **ret_path, unsigned *ret_number)
{
	const char *colon = strrchr(text, ':');
	unsigned long number = 0;
	struct stat st;
	char *end;

	if (colon && colon != text && isdigit((unsigned char)colon[1]) &&
	    lstat(text, &st) < 0) {
		errno = 0;
		number = strtoul(colon + 1, &end, 10);
		if (errno != 0 || *end != '\0' || number == 0 ||
		    number > INT32_MAX)
			number = 0;
	}
	*ret_path = number > 0 ? strndup(text, (size_t)(colon - text)) :
				 strdup(text);
	if (!*ret_path)
		return -ENOMEM;
	*ret_number = (unsigned)number;
	return 0;
}
