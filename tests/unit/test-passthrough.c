/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-passthrough.c - what passthrough makes of the medium's description
 */
#include "check.h"
#include "fake-next.h"

extern const struct filter_ops passthrough_filter;

#define LONGEST	"123456789012345678901234567890123456789012345678901234567890123"

static int start(struct fake *f, const char *key, const char *value)
{
	const char *const settings[] = { key, value, NULL };

	fake_open(f, 1 << 20, 512);
	strcpy(f->medium.label, "below");
	CU_ASSERT_EQUAL(fake_init(f, &passthrough_filter, settings), 0);
	return fake_start(f);
}

static void test_it_is_transparent(void)
{
	CU_ASSERT_EQUAL(passthrough_filter.abi, FILTERD_ABI);
	CU_ASSERT_EQUAL(passthrough_filter.flags, FILTER_TRANSPARENT);
	CU_ASSERT_PTR_NULL(passthrough_filter.read);
	CU_ASSERT_PTR_NULL(passthrough_filter.write);
	CU_ASSERT_PTR_NULL(passthrough_filter.flush);
}

static void test_content_is_looked_at_afresh(void)
{
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(f.published.hint, "");
	CU_ASSERT_STRING_EQUAL(f.published.label, "below");
	CU_ASSERT_EQUAL(f.published.size, f.medium.size);
	CU_ASSERT_EQUAL(f.published.granule, f.medium.granule);
	CU_ASSERT_TRUE(f.published.writable);
	fake_close(&f);
}

static void test_hint_and_label_are_published(void)
{
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, "hint", LONGEST), 0);
	CU_ASSERT_STRING_EQUAL(f.published.hint, LONGEST);
	fake_close(&f);
	CU_ASSERT_EQUAL(start(&f, "label", "mine"), 0);
	CU_ASSERT_STRING_EQUAL(f.published.label, "mine");
	CU_ASSERT_STRING_EQUAL(f.medium.label, "below");
	fake_close(&f);
}

static void test_too_long_a_text_is_refused(void)
{
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, "hint", LONGEST "4"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "hint"));
	fake_close(&f);
	CU_ASSERT_EQUAL(start(&f, "label", LONGEST "4"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "label"));
	fake_close(&f);
}

CHECK_SUITE("passthrough",
	    CHECK(test_it_is_transparent),
	    CHECK(test_content_is_looked_at_afresh),
	    CHECK(test_hint_and_label_are_published),
	    CHECK(test_too_long_a_text_is_refused))
