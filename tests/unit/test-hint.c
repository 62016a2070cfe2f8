/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-hint.c - what hints are called, and what they equal
 */
#include <errno.h>
#include <string.h>

#include "hint.h"
#include "util.h"

#include "check.h"

#define LUKS "CA7D7CCB-63ED-4C53-861C-1742536059CC"
#define LUKS_LOWER "ca7d7ccb-63ed-4c53-861c-1742536059cc"

static bool resolves(const char *typed, const char *scheme, const char *want)
{
	char buf[64] = "untouched";
	int r = hint_resolve(typed, scheme, buf, sizeof(buf));

	if (!want)
		return r == -EINVAL && streq(buf, "untouched");
	return r == 0 && streq(buf, want);
}

static void test_mbr_types_have_names(void)
{
	char buf[8];

	CU_ASSERT_STRING_EQUAL(hint_mbr(0x83, buf), "Linux");
	CU_ASSERT_STRING_EQUAL(hint_mbr(0x07, buf), "Windows_NTFS");
	CU_ASSERT_STRING_EQUAL(hint_mbr(0xaf, buf), "Apple_HFS");
	CU_ASSERT_STRING_EQUAL(hint_mbr(0xe8, buf), "0xE8");
	CU_ASSERT_STRING_EQUAL(hint_mbr(0x02, buf), "0x02");
}

static void test_every_mbr_hint_has_its_byte_again(void)
{
	for (unsigned type = 0; type < 256; type++) {
		char buf[8];
		uint8_t back = (uint8_t)~type;
		const char *hint = hint_mbr((uint8_t)type, buf);

		CU_ASSERT_EQUAL(hint_mbr_type(hint, &back), 0);
		CU_ASSERT_EQUAL(back, type);
		snprintf(buf, sizeof(buf), "0x%x", type);
		CU_ASSERT_EQUAL(hint_mbr_type(buf, &back), 0);
		CU_ASSERT_EQUAL(back, type);
	}
}

static void test_what_is_no_mbr_type(void)
{
	static const char *const texts[] = {
		"", "0", "0x", "0xg", "0x123", "0x1g", "83", "x83", "-0x1",
		"0x 1", LUKS, "Apple_APFS",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint8_t type = 42;

		CU_ASSERT_EQUAL(hint_mbr_type(texts[i], &type), -ENOENT);
		CU_ASSERT_EQUAL(type, 42);
	}
}

static void test_hints_have_friendly_names(void)
{
	CU_ASSERT_STRING_EQUAL(hint_name(LUKS), "Linux LUKS");
	CU_ASSERT_STRING_EQUAL(hint_name("0xE8"), "Linux LUKS");
	CU_ASSERT_STRING_EQUAL(hint_name("Linux_LUKS"), "Linux LUKS");
	CU_ASSERT_STRING_EQUAL(hint_name("Windows_FAT_32"), "Windows FAT32");
	CU_ASSERT_STRING_EQUAL(hint_name("Apple_HFS"), "Apple HFS");
	CU_ASSERT_PTR_NULL(hint_name(""));
	CU_ASSERT_PTR_NULL(hint_name("0x02"));
	CU_ASSERT_PTR_NULL(hint_name("MySoftwareCompany_MyContent"));
}

static void test_gpt_and_mbr_compare_without_case(void)
{
	CU_ASSERT_TRUE(hint_equal(LUKS_LOWER, LUKS, "gpt"));
	CU_ASSERT_TRUE(hint_equal("windows_ntfs", "Windows_NTFS", "mbr"));
	CU_ASSERT_TRUE(hint_equal("0xe8", "0xE8", "mbr"));
	CU_ASSERT_TRUE(hint_equal("0x83", "Linux", "mbr"));
	CU_ASSERT_FALSE(hint_equal("0x82", "Linux", "mbr"));
	CU_ASSERT_FALSE(hint_equal("Apple_hfs", "Apple_HFS", "apple"));
	CU_ASSERT_FALSE(hint_equal("apple_HFS", "Apple_HFS", ""));
	CU_ASSERT_TRUE(hint_equal("Apple_HFS", "Apple_HFS", "apple"));
	CU_ASSERT_TRUE(hint_equal(LUKS_LOWER, LUKS, ""));
	CU_ASSERT_FALSE(hint_equal("0x83", "Linux", "apple"));
}

static void test_prefix_names_the_scheme(void)
{
	CU_ASSERT_TRUE(hint_equal("gpt:" LUKS_LOWER, LUKS, "gpt"));
	CU_ASSERT_FALSE(hint_equal("gpt:" LUKS, LUKS, "apple"));
	CU_ASSERT_TRUE(hint_equal("mbr:0xE8", "0xE8", "mbr"));
	CU_ASSERT_FALSE(hint_equal("mbr:Linux", "Linux", ""));
	CU_ASSERT_TRUE(hint_equal("apple:Linux_LUKS", "Linux_LUKS", "apple"));
	CU_ASSERT_TRUE(hint_equal("apm:Linux_LUKS", "Linux_LUKS", "apple"));
	CU_ASSERT_FALSE(hint_equal("apm:Linux_LUKS", "Linux_LUKS", "mbr"));
	CU_ASSERT_TRUE(hint_equal("other:thing", "other:thing", "apple"));
}

static void test_empty_hints(void)
{
	CU_ASSERT_TRUE(hint_equal("", "", "apple"));
	CU_ASSERT_FALSE(hint_equal("Apple_HFS", "", "apple"));
	CU_ASSERT_FALSE(hint_equal("", "Apple_HFS", "apple"));
}

static void test_every_alias_means_something(void)
{
	for (size_t i = 0; hint_aliases[i]; i++) {
		char gpt[64], mbr[64], apple[64];
		int known = 0;

		known += hint_resolve(hint_aliases[i], "gpt", gpt, 64) == 0 &&
			 strlen(gpt) == 36;
		known += hint_resolve(hint_aliases[i], "mbr", mbr, 64) == 0 &&
			 strlen(mbr) == 4;
		known += hint_resolve(hint_aliases[i], "apple", apple,
				      64) == 0 && strlen(apple) <= 32;
		CU_ASSERT_TRUE(known > 0);
	}
}

static void test_aliases_resolve(void)
{
	CU_ASSERT_TRUE(resolves("luks", "gpt", LUKS));
	CU_ASSERT_TRUE(resolves("luks", "mbr", "0xE8"));
	CU_ASSERT_TRUE(resolves("luks", "apple", "Linux_LUKS"));
	CU_ASSERT_TRUE(resolves("linux-data", "gpt",
				"0FC63DAF-8483-4772-8E79-3D69D8477DE4"));
	CU_ASSERT_TRUE(resolves("linux-swap", "mbr", "0x82"));
	CU_ASSERT_TRUE(resolves("esp", "mbr", "0xEF"));
	CU_ASSERT_TRUE(resolves("esp", "apple", NULL));
	CU_ASSERT_TRUE(resolves("ms-reserved", "mbr", NULL));
	CU_ASSERT_TRUE(resolves("apple-hfs", "apple", "Apple_HFS"));
}

static void test_types_resolve(void)
{
	CU_ASSERT_TRUE(resolves(LUKS_LOWER, "gpt", LUKS));
	CU_ASSERT_TRUE(resolves("Apple_HFS", "gpt",
				"48465300-0000-11AA-AA11-00306543ECAC"));
	CU_ASSERT_TRUE(resolves("0x7", "mbr", "0x07"));
	CU_ASSERT_TRUE(resolves("Linux_LVM", "mbr", "0x8E"));
	CU_ASSERT_TRUE(resolves("MySoftwareCompany_MyContent", "apple",
				"MySoftwareCompany_MyContent"));
	CU_ASSERT_TRUE(resolves("12345678901234567890123456789012", "apple",
				"12345678901234567890123456789012"));
}

static void test_wrong_types_are_refused(void)
{
	CU_ASSERT_TRUE(resolves("MySoftwareCompany_MyContent", "gpt", NULL));
	CU_ASSERT_TRUE(resolves(LUKS "0", "gpt", NULL));
	CU_ASSERT_TRUE(resolves("CA7D7CCB-63ED-4C53-861C-1742536059CG", "gpt",
				NULL));
	CU_ASSERT_TRUE(resolves("", "gpt", NULL));
	CU_ASSERT_TRUE(resolves("0x83", "gpt", NULL));
	CU_ASSERT_TRUE(resolves(LUKS, "mbr", NULL));
	CU_ASSERT_TRUE(resolves("0x00", "mbr", NULL));
	CU_ASSERT_TRUE(resolves("0x05", "mbr", NULL));
	CU_ASSERT_TRUE(resolves("0xEE", "mbr", NULL));
	CU_ASSERT_TRUE(resolves("", "apple", NULL));
	CU_ASSERT_TRUE(resolves(LUKS, "apple", NULL));
	CU_ASSERT_TRUE(resolves("0x83", "apple", NULL));
	CU_ASSERT_TRUE(resolves("Apple_partition_map", "apple", NULL));
	CU_ASSERT_TRUE(resolves("Apple_Free", "apple", NULL));
	CU_ASSERT_TRUE(resolves("a\033b", "apple", NULL));
	CU_ASSERT_TRUE(resolves("123456789012345678901234567890123", "apple",
				NULL));
}

static void test_short_buffer_is_refused(void)
{
	char buf[5];

	CU_ASSERT_EQUAL(hint_resolve("luks", "gpt", buf, 5), -EINVAL);
	CU_ASSERT_EQUAL(hint_resolve(LUKS, "gpt", buf, 5), -EINVAL);
	CU_ASSERT_EQUAL(hint_resolve("MyType", "apple", buf, 5), -EINVAL);
	CU_ASSERT_EQUAL(hint_resolve("luks", "mbr", buf, 5), 0);
	CU_ASSERT_EQUAL(hint_resolve("0x83", "mbr", buf, 4), -EINVAL);
}

CHECK_SUITE("hint", CHECK(test_mbr_types_have_names),
	    CHECK(test_every_mbr_hint_has_its_byte_again),
	    CHECK(test_what_is_no_mbr_type),
	    CHECK(test_hints_have_friendly_names),
	    CHECK(test_gpt_and_mbr_compare_without_case),
	    CHECK(test_prefix_names_the_scheme), CHECK(test_empty_hints),
	    CHECK(test_every_alias_means_something),
	    CHECK(test_aliases_resolve), CHECK(test_types_resolve),
	    CHECK(test_wrong_types_are_refused),
	    CHECK(test_short_buffer_is_refused))
