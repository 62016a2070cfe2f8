/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-version.c - which versions there are, and which is the later one
 */
#include <errno.h>

#include "check.h"
#include "version.h"

static uint64_t order(const char *text)
{
	uint64_t ret = UINT64_MAX;

	CU_ASSERT_EQUAL_FATAL(version_parse(text, &ret), 0);
	return ret;
}

static void test_each_is_later_than_the_one_before(void)
{
	static const char *const rising[] = {
		"0d0", "0d1", "0a0", "0b9", "0f0", "0fc255", "0",
		"0.0.1", "0.0.9999", "0.1", "0.9", "0.10", "0.9999.9999",
		"1d1", "1.0d2", "1d10", "1.0.0d255", "1a1", "1.0a2", "1b1",
		"1.0.0b255", "1f1", "1.0fc2", "1.0f3", "1", "1.0.1d1",
		"1.0.1", "1.2.3", "1.2.4a1", "1.10", "2", "10", "9999d1",
		"9999.9999.9999fc255", "9999.9999.9999",
	};
	const size_t n = sizeof(rising) / sizeof(rising[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			CU_ASSERT_EQUAL(order(rising[i]) < order(rising[k]),
					i < k);
}

static void test_one_version_can_be_written_in_many_ways(void)
{
	CU_ASSERT_EQUAL(order("1"), order("1.0"));
	CU_ASSERT_EQUAL(order("1"), order("1.0.0"));
	CU_ASSERT_EQUAL(order("1.2"), order("01.0002.000"));
	CU_ASSERT_EQUAL(order("3f7"), order("3.0fc007"));
}

static void test_what_is_no_version(void)
{
	static const char *const none[] = {
		"", " ", ".", "v1", "-1", "+1", "1.", ".1", "1..2", "1.2.",
		"1.2.3.", "1.2.3.4", "1.2.3.4d1", "1 ", " 1", "1.2 b1", "1d",
		"1fc", "1f", "1c1", "1r1", "1D1", "1d-1", "1d1.", "1.0d1.2",
		"1dd1", "1d1d1", "1ffc1", "1d 1", "1\n", "1.\3411", "0x1",
	};
	uint64_t untouched = 42;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_EQUAL(version_parse(none[i], &untouched), -EINVAL);
	CU_ASSERT_EQUAL(untouched, 42);
}

static void test_numbers_have_limits(void)
{
	static const char *const great[] = {
		"10000", "1.10000", "1.2.10000", "00001", "1d256", "1d999",
		"1d0255", "99999999999999999999999999",
		("1.2.3b00000000000000000000000000000000000000000000000000000"
		 "000000000000000000001"),
	};
	uint64_t untouched = 42;

	for (size_t i = 0; i < sizeof(great) / sizeof(great[0]); i++)
		CU_ASSERT_EQUAL(version_parse(great[i], &untouched), -ERANGE);
	CU_ASSERT_EQUAL(untouched, 42);
}

CHECK_SUITE("version",
	    CHECK(test_each_is_later_than_the_one_before),
	    CHECK(test_one_version_can_be_written_in_many_ways),
	    CHECK(test_what_is_no_version),
	    CHECK(test_numbers_have_limits))
