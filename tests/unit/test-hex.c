/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-hex.c - bytes there and back
 */
#include <errno.h>

#include "check.h"
#include "hex.h"

static void test_all_bytes_come_back(void)
{
	unsigned char bytes[256], *back = NULL;
	size_t len = 0;
	char *text;

	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	text = hex_write(bytes, 256);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_EQUAL(strlen(text), 512);
	CU_ASSERT_EQUAL(strncmp(text, "000102", 6), 0);
	CU_ASSERT_EQUAL_FATAL(hex_read(text, &back, &len), 0);
	CU_ASSERT_EQUAL(len, 256);
	CU_ASSERT_EQUAL(memcmp(back, bytes, 256), 0);
	free(back);
	free(text);
}

static void test_nothing_is_bytes_too(void)
{
	unsigned char *back = NULL;
	size_t len = 7;
	char *text = hex_write(NULL, 0);

	CU_ASSERT_STRING_EQUAL(text, "");
	CU_ASSERT_EQUAL(hex_read(text, &back, &len), 0);
	CU_ASSERT_PTR_NOT_NULL(back);
	CU_ASSERT_EQUAL(len, 0);
	free(back);
	free(text);
}

static void test_what_is_no_bytes_is_refused(void)
{
	static const char *const texts[] = { "0", "0g", "g0", "0x00", "00 ",
					     "-1" };
	unsigned char *back = NULL;
	size_t len;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CU_ASSERT_EQUAL(hex_read(texts[i], &back, &len), -EINVAL);
	CU_ASSERT_PTR_NULL(back);
	CU_ASSERT_EQUAL(hex_read("aBfF", &back, &len), 0);
	CU_ASSERT_EQUAL(memcmp(back, "\xab\xff", 2), 0);
	free(back);
}

CHECK_SUITE("hex",
	    CHECK(test_all_bytes_come_back),
	    CHECK(test_nothing_is_bytes_too),
	    CHECK(test_what_is_no_bytes_is_refused))
