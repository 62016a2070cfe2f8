/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-histogram.c - times in buckets, and what is read from them
 */
#include <string.h>

#include "check.h"
#include "histogram.h"

static void test_each_time_has_the_bucket_around_it(void)
{
	for (unsigned i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		uint64_t limit = histogram_limit(i);

		CU_ASSERT_EQUAL(histogram_bucket(limit - 1), i);
		CU_ASSERT_EQUAL(histogram_bucket(limit), i + 1);
	}
	CU_ASSERT_EQUAL(histogram_bucket(0), 0);
	CU_ASSERT_EQUAL(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
	CU_ASSERT_EQUAL(histogram_limit(HISTOGRAM_BUCKETS - 1), UINT64_MAX);
}

static void test_a_bucket_is_at_most_a_quarter_wide(void)
{
	for (unsigned i = 1; i + 1 < HISTOGRAM_BUCKETS; i++) {
		uint64_t from = histogram_limit(i - 1);

		CU_ASSERT(histogram_limit(i) - from <= from / 4);
	}
}

static void test_quantiles(void)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = { 0 };

	CU_ASSERT_EQUAL(histogram_quantile(counts, 990), 0);
	counts[histogram_bucket(10000)] = 98;
	counts[histogram_bucket(1000000)] = 2;
	CU_ASSERT_EQUAL(histogram_quantile(counts, 500), 10240);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 980), 10240);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 981), 1048576);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 990), 1048576);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 0), 10240);
	CU_ASSERT_EQUAL(histogram_quantile(counts, 1000), 1048576);
}

static void test_quantiles_of_more_than_can_be_multiplied(void)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = { 0 };

	counts[1] = UINT64_MAX / 4 * 3;
	counts[9] = UINT64_MAX / 4;
	CU_ASSERT_EQUAL(histogram_quantile(counts, 740), histogram_limit(1));
	CU_ASSERT_EQUAL(histogram_quantile(counts, 760), histogram_limit(9));
}

/* Nobody knows how long that was, only that it was long. */
static void test_what_is_too_long_for_all_buckets(void)
{
	uint64_t counts[HISTOGRAM_BUCKETS] = { 0 };

	counts[HISTOGRAM_BUCKETS - 1] = 1;
	CU_ASSERT_EQUAL(histogram_quantile(counts, 500),
			histogram_limit(HISTOGRAM_BUCKETS - 2));
}

static void test_times_in_words(void)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} times[] = {
		{ 0, "0 ns" }, { 256, "256 ns" }, { 1000, "1.0 us" },
		{ 9500, "9.5 us" }, { 10240, "10 us" }, { 1048576, "1.0 ms" },
		{ 999999999, "999 ms" }, { 2500000000, "2.5 s" },
		{ 68719476736, "68 s" },
	};
	char text[HISTOGRAM_TIME_LEN];

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		CU_ASSERT_STRING_EQUAL(histogram_format(times[i].ns, text),
				       times[i].text);
}

CHECK_SUITE("histogram",
	    CHECK(test_each_time_has_the_bucket_around_it),
	    CHECK(test_a_bucket_is_at_most_a_quarter_wide),
	    CHECK(test_quantiles),
	    CHECK(test_quantiles_of_more_than_can_be_multiplied),
	    CHECK(test_what_is_too_long_for_all_buckets),
	    CHECK(test_times_in_words))
