/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-parse.c - numbers, sizes, times and truths
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "check.h"
#include "parse.h"
#include "util.h"

struct number {
	const char *s;
	int r;
	uint64_t value;
};

typedef int parse_fn(const char *s, uint64_t *ret);

static void check_numbers(parse_fn *parse, const struct number *numbers,
			  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 77;
		int r = parse(numbers[i].s, &value);
		uint64_t want = r < 0 ? 77 : numbers[i].value;

		if (r != numbers[i].r || value != want)
			printf("# '%s': %d, %llu\n", numbers[i].s, r,
			       (unsigned long long)value);
		CU_ASSERT_EQUAL(r, numbers[i].r);
		CU_ASSERT_EQUAL(value, want);
	}
}

static void test_numbers(void)
{
	static const struct number numbers[] = {
		{ "0", 0, 0 }, { "010", 0, 10 }, { "0x10", 0, 16 },
		{ "0XfF", 0, 255 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "0xffffffffffffffff", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE },
		{ "99999999999999999999999999999999", -ERANGE },
		{ "0x10000000000000000", -ERANGE },
		{ "99999999999999999999999999999999x", -EINVAL },
		{ "", -EINVAL }, { "0x", -EINVAL }, { "-1", -EINVAL },
		{ "+1", -EINVAL }, { " 1", -EINVAL }, { "1 ", -EINVAL },
		{ "1a", -EINVAL }, { "a", -EINVAL }, { "1.0", -EINVAL },
	};

	check_numbers(parse_u64, numbers, ARRAY_SIZE(numbers));
}

static void test_signed_numbers(void)
{
	static const struct {
		const char *s;
		int r, value;
	} numbers[] = {
		{ "0", 0, 0 }, { "-0", 0, 0 }, { "-12", 0, -12 },
		{ "0x7f", 0, 127 },
		{ "2147483647", 0, INT_MAX }, { "2147483648", -ERANGE },
		{ "-2147483648", 0, INT_MIN }, { "-2147483649", -ERANGE },
		{ "-18446744073709551615", -ERANGE },
		{ "-", -EINVAL }, { "--1", -EINVAL }, { "- 1", -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int value = 77, r = parse_int(numbers[i].s, &value);

		CU_ASSERT_EQUAL(r, numbers[i].r);
		CU_ASSERT_EQUAL(value, r < 0 ? 77 : numbers[i].value);
	}
}

static void test_sizes(void)
{
	static const struct number sizes[] = {
		{ "512", 0, 512 }, { "512B", 0, 512 }, { "64K", 0, 65536 },
		{ "64k", 0, 65536 }, { "64KiB", 0, 65536 },
		{ "64kB", 0, 64000 }, { "1.5M", 0, 3 << 19 },
		{ "20GiB", 0, 20ull << 30 }, { "20GB", 0, 20000000000 },
		{ "20 GiB", 0, 20ull << 30 }, { "1T", 0, 1ull << 40 },
		{ "15E", 0, 15ull << 60 }, { "16E", -ERANGE },
		{ "15.999E", 0, 18445591152204944769ull },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE },
		{ "18446744073709551616K", -ERANGE },
		{ "18014398509481983.9999K", 0, UINT64_MAX },
		{ "0.1K", 0, 102 }, { "0.0000000001E", 0, 0 },
		{ "1.5", -EINVAL }, { "1.5B", -EINVAL }, { ".5K", -EINVAL },
		{ "1.K", -EINVAL }, { "1..5K", -EINVAL }, { "", -EINVAL },
		{ "K", -EINVAL }, { "-1", -EINVAL }, { "1 ", -EINVAL },
		{ "1  K", -EINVAL }, { "1Ki", -EINVAL }, { "1KiBx", -EINVAL },
		{ "0x10", -EINVAL }, { "1,5M", -EINVAL }, { " 1", -EINVAL },
		{ "rest", -EINVAL },
	};

	check_numbers(parse_size, sizes, ARRAY_SIZE(sizes));
}

static void test_times(void)
{
	static const struct number times[] = {
		{ "0", 0, 0 }, { "5", 0, 5000 }, { "250ms", 0, 250 },
		{ "5s", 0, 5000 }, { "1.5s", 0, 1500 }, { "1.5", 0, 1500 },
		{ "2min", 0, 120000 }, { "1h", 0, 3600000 },
		{ "18446744073709551615", -ERANGE },
		{ "1.5ms", -EINVAL }, { "1m", -EINVAL }, { "5d", -EINVAL },
		{ "s", -EINVAL }, { "", -EINVAL }, { "-5s", -EINVAL },
	};

	check_numbers(parse_time, times, ARRAY_SIZE(times));
}

static void test_truths(void)
{
	static const char *const yes[] = { "yes", "TRUE", "On", "1" };
	static const char *const no[] = { "no", "False", "OFF", "0" };
	static const char *const neither[] = { "", "y", "2", "yes ", "01" };
	bool value;

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		CU_ASSERT_EQUAL(parse_bool(yes[i], &value), 0);
		CU_ASSERT_TRUE(value);
		CU_ASSERT_EQUAL(parse_bool(no[i], &value), 0);
		CU_ASSERT_FALSE(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(neither); i++)
		CU_ASSERT_EQUAL(parse_bool(neither[i], &value), -EINVAL);
}

static void test_sizes_are_shown_short(void)
{
	static const struct {
		uint64_t size;
		const char *text;
	} sizes[] = {
		{ 0, "0 B" }, { 512, "512 B" }, { 1023, "1023 B" },
		{ 1024, "1 KiB" }, { 1536, "1.5 KiB" },
		{ 5 << 20, "5 MiB" }, { 20ull << 30, "20 GiB" },
		{ (20ull << 30) + 1, "20 GiB" },
		{ (1ull << 20) - 1, "1 MiB" },
		{ (1ull << 20) - 51, "1 MiB" },
		{ 1023ull << 10, "1023 KiB" },
		{ (1ull << 60) - 1, "1 EiB" },
		{ UINT64_MAX, "16 EiB" },
		{ (15ull << 60) + (1ull << 59), "15.5 EiB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char buf[FORMAT_SIZE_LEN];

		CU_ASSERT_PTR_EQUAL(format_size(sizes[i].size, buf), buf);
		CU_ASSERT_STRING_EQUAL(buf, sizes[i].text);
	}
}

static void test_what_is_shown_can_be_read(void)
{
	for (unsigned shift = 0; shift < 64; shift++) {
		uint64_t size = 1ull << shift, back = 0;
		char buf[FORMAT_SIZE_LEN];

		CU_ASSERT_EQUAL(parse_size(format_size(size, buf), &back), 0);
		CU_ASSERT_EQUAL(back, size);
	}
}

CHECK_SUITE("parse",
	    CHECK(test_numbers),
	    CHECK(test_signed_numbers),
	    CHECK(test_sizes),
	    CHECK(test_times),
	    CHECK(test_truths),
	    CHECK(test_sizes_are_shown_short),
	    CHECK(test_what_is_shown_can_be_read))
