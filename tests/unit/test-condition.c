/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "check.h"
#include "condition.h"
#include "medium.h"
#include "memory.h"
#include "window.h"

static struct memory memory;
static struct medium *whole, *part;
static char have[256];

static void set_up(void)
{
	const struct scheme_part found = {
		.base = 4096, .number = 3,
		.hint = "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
		.name = "my data", .uuid = "ABCD-1",
	};
	struct store *window;

	memory_open(&memory, 1 << 20);
	memcpy(memory.bytes + 1000, "magic", 5);
	whole = medium_new_whole("disk", &memory.store);
	if (!whole ||
	    window_new(&memory.store, 0, 1 << 20, true, &window) < 0 ||
	    medium_add_partition(whole, window, "gpt", &found, &part) < 0)
		abort();
	strcpy(part->signature.type, "crypto_LUKS");
	strcpy(part->signature.label, "se\ncret");
}

static void tear_down(void)
{
	medium_free(whole);
	memory_close(&memory);
}

/* Whether "@key=@value" holds on @medium. */
static bool holds(struct medium *medium, const char *key, const char *value)
{
	static const struct ini_place at = { "x", 1, 1 };
	struct condition *list = NULL;
	char why[256] = "";
	size_t n = 0;
	bool r;

	if (condition_add(&list, &n, key, value, &at, why, sizeof(why)) < 0 ||
	    n != 1) {
		printf("# %s=%s: %s\n", key, value, why);
		CU_FAIL("is no condition");
		return false;
	}
	r = condition_holds(list, medium, have, sizeof(have));
	condition_clear(list);
	free(list);
	return r;
}

static void test_class(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "ProviderClass", "partition"));
	CU_ASSERT_TRUE(holds(part, "ProviderClass", "medium"));
	CU_ASSERT_FALSE(holds(part, "ProviderClass", "filter"));
	CU_ASSERT_STRING_EQUAL(have, "partition");
	CU_ASSERT_TRUE(holds(part, "ProviderClass", "filter partition"));
	CU_ASSERT_TRUE(holds(whole, "ProviderClass", "whole"));
	tear_down();
}

static void test_hints_compare_as_their_map_does(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "ContentHint",
			     "0fc63daf-8483-4772-8e79-3d69d8477de4"));
	CU_ASSERT_TRUE(holds(part, "ContentHint",
			     "x gpt:0FC63DAF-8483-4772-8E79-3D69D8477DE4"));
	CU_ASSERT_FALSE(holds(part, "ContentHint",
			      "mbr:0FC63DAF-8483-4772-8E79-3D69D8477DE4"));
	CU_ASSERT_STRING_EQUAL(have, "0FC63DAF-8483-4772-8E79-3D69D8477DE4");
	CU_ASSERT_TRUE(holds(whole, "ContentHint", "''"));
	CU_ASSERT_FALSE(holds(part, "ContentHint", "''"));
	strcpy(part->content, "GUID_partition_scheme");
	CU_ASSERT_TRUE(holds(part, "Content", "GUID_partition_scheme"));
	tear_down();
}

static void test_texts(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "Name", "other 'my data'"));
	CU_ASSERT_FALSE(holds(part, "Name", "'My data'"));
	CU_ASSERT_STRING_EQUAL(have, "my data");
	CU_ASSERT_TRUE(holds(part, "Location", "3"));
	CU_ASSERT_TRUE(holds(part, "UUID", "abcd-1"));
	CU_ASSERT_FALSE(holds(part, "Label", "secret"));
	CU_ASSERT_STRING_EQUAL(have, "se\\x0acret");
	CU_ASSERT_TRUE(holds(part, "Label", have));
	tear_down();
}

static void test_numbers(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "Size", "1M"));
	CU_ASSERT_TRUE(holds(part, "Size", "1 1048576"));
	CU_ASSERT_FALSE(holds(part, "Size", "1048575"));
	CU_ASSERT_STRING_EQUAL(have, "1048576");
	CU_ASSERT_TRUE(holds(part, "Granule", "512"));
	CU_ASSERT_TRUE(holds(part, "PartitionID", "3"));
	CU_ASSERT_FALSE(holds(whole, "PartitionID", "3"));
	CU_ASSERT_TRUE(holds(part, "Base", "4K"));
	tear_down();
}

static void test_truths(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "Writable", "on"));
	CU_ASSERT_FALSE(holds(part, "Writable", "no"));
	CU_ASSERT_STRING_EQUAL(have, "yes");
	CU_ASSERT_TRUE(holds(part, "Leaf", "yes"));
	CU_ASSERT_TRUE(holds(whole, "Leaf", "no"));
	CU_ASSERT_TRUE(holds(part, "Live", "yes"));
	CU_ASSERT_TRUE(holds(part, "Open", "no"));
	CU_ASSERT_TRUE(holds(part, "Removable", "no"));
	CU_ASSERT_TRUE(holds(whole, "Whole", "yes"));
	tear_down();
}

static void test_signatures(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "Signature", "ext4 crypto_LUKS"));
	CU_ASSERT_FALSE(holds(part, "Signature", "ext4"));
	CU_ASSERT_STRING_EQUAL(have, "crypto_LUKS");
	CU_ASSERT_TRUE(holds(part, "Signature", "1000:6d61676963"));
	CU_ASSERT_FALSE(holds(part, "Signature", "1000:6d61676964"));
	CU_ASSERT_STRING_EQUAL(have, "crypto_LUKS 1000:6D61676963");
	/* Across the edge of a granule. */
	CU_ASSERT_TRUE(holds(part, "Signature", "1022:0000000000"));
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	tear_down();
}

static void test_two_signatures_are_none(void)
{
	set_up();
	strcpy(part->signature.ambiguous, "ext4");
	CU_ASSERT_FALSE(holds(part, "Signature", "crypto_LUKS"));
	CU_ASSERT_STRING_EQUAL(have, "crypto_LUKS or ext4");
	CU_ASSERT_FALSE(holds(part, "Signature", "ext4"));
	tear_down();
}

static void test_what_cannot_be_read_does_not_hold(void)
{
	set_up();
	CU_ASSERT_TRUE(holds(part, "Signature", "1048575:00"));
	CU_ASSERT_FALSE(holds(part, "Signature", "1048575:0000"));
	CU_ASSERT_STRING_EQUAL(have, "crypto_LUKS 1048575:unreadable");
	CU_ASSERT_FALSE(holds(part, "Signature", "1048576:00"));
	memory.error = -EIO;
	CU_ASSERT_FALSE(holds(part, "Signature", "0:00"));
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	tear_down();
}

static void test_have_is_bounded(void)
{
	set_up();
	static const struct ini_place at = { "x", 1, 1 };
	struct condition *list = NULL;
	char small[8], why[256];
	size_t n = 0;

	CU_ASSERT_EQUAL_FATAL(condition_add(&list, &n, "Signature",
					    "0:00 1:00 2:00", &at, why,
					    sizeof(why)), 0);
	CU_ASSERT_TRUE(condition_holds(list, part, small, sizeof(small)));
	CU_ASSERT_STRING_EQUAL(small, "crypto_");
	condition_clear(list);
	free(list);
	tear_down();
}

/* 0x83 is called Penguin, and 0xDA, of another medium, Linux. */
static void test_type_that_was_named(void)
{
	const struct scheme_part found = { .base = 4096, .number = 1,
					   .hint = "Linux", .name = "",
					   .uuid = "" };
	struct medium *other;
	struct store *window;

	set_up();
	if (window_new(&memory.store, 0, 4096, true, &window) < 0 ||
	    medium_add_partition(whole, window, "mbr", &found, &other) < 0)
		abort();
	medium_name_type(other, "Penguin");
	CU_ASSERT_STRING_EQUAL(window->medium.hint, "Penguin");
	CU_ASSERT_TRUE(holds(other, "ContentHint", "Penguin"));
	CU_ASSERT_STRING_EQUAL(have, "Penguin (0x83)");
	CU_ASSERT_TRUE(holds(other, "ContentHint", "mbr:penguin"));
	CU_ASSERT_TRUE(holds(other, "ContentHint", "0x83"));
	CU_ASSERT_TRUE(holds(other, "ContentHint", "mbr:Linux"));
	CU_ASSERT_TRUE(holds(other, "Content", "Penguin"));
	CU_ASSERT_TRUE(holds(other, "Content", "0x83"));
	CU_ASSERT_FALSE(holds(other, "ContentHint", "gpt:Penguin"));
	CU_ASSERT_FALSE(holds(other, "ContentHint", "0xDA"));
	CU_ASSERT_FALSE(holds(other, "ContentHint", "\"\""));
	strcpy(other->type, "0xDA");
	medium_name_type(other, "Linux");
	CU_ASSERT_TRUE(holds(other, "ContentHint", "Linux"));
	CU_ASSERT_TRUE(holds(other, "ContentHint", "0xda"));
	CU_ASSERT_FALSE(holds(other, "ContentHint", "0x83"));
	strcpy(other->content, "Apple_partition_scheme");
	CU_ASSERT_FALSE(holds(other, "Content", "0xDA"));
	CU_ASSERT_STRING_EQUAL(have, "Apple_partition_scheme");
	tear_down();
}

CHECK_SUITE("condition", CHECK(test_class),
	    CHECK(test_hints_compare_as_their_map_does), CHECK(test_texts),
	    CHECK(test_numbers), CHECK(test_truths), CHECK(test_signatures),
	    CHECK(test_two_signatures_are_none),
	    CHECK(test_what_cannot_be_read_does_not_hold),
	    CHECK(test_have_is_bounded),
	    CHECK(test_type_that_was_named))
