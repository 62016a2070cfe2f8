/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-settings.c - texts into an instance, and what is said of wrong ones
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "settings.h"

struct instance {
	bool truth;
	uint64_t number, size, time, limited;
	unsigned choice;
	const char *text;
	struct filter_secret secret;
	struct filter_next *medium;
	unsigned char after;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

#define AT(field) .at = offsetof(struct instance, field)

static const struct filter_param params[] = {
	{ .name = "truth", .type = FILTER_BOOL, AT(truth), .preset = "yes" },
	{ .name = "number", .type = FILTER_NUMBER, AT(number) },
	{ .name = "size", .type = FILTER_SIZE, AT(size), .preset = "64K" },
	{ .name = "time", .type = FILTER_TIME, AT(time), .preset = "5s" },
	{ .name = "limited", .type = FILTER_SIZE, AT(limited), .preset = "8K",
	  .min = 4096, .max = 16384 },
	{ .name = "colour", .type = FILTER_CHOICE, AT(choice),
	  .preset = "green", .choices = colours },
	{ .name = "text", .type = FILTER_TEXT, AT(text), .summary = "words",
	  .flags = FILTER_REQUIRED },
	{ .name = "secret", .type = FILTER_SECRET, AT(secret),
	  .flags = FILTER_REQUIRED },
	{ .name = "medium", .type = FILTER_MEDIUM, AT(medium) },
	{ .name = NULL },
};

static const struct filter_ops ops = {
	.name = "sample", .instance_size = sizeof(struct instance),
	.params = params,
};

static struct instance self;
static struct failure failure;

/* Applies text=x and one more; @value NULL: no more. */
static int apply(const char *key, const char *value)
{
	static struct settings settings;
	int r;

	settings_clear(&settings);
	memset(&self, 0, sizeof(self));
	memset(&failure, 0, sizeof(failure));
	self.after = 0xa5;
	CU_ASSERT_EQUAL_FATAL(settings_set(&settings, "text", "x"), 0);
	if (value)
		CU_ASSERT_EQUAL_FATAL(settings_set(&settings, key, value), 0);
	r = settings_apply(&settings, &ops, &self, &failure);
	CU_ASSERT_EQUAL(self.after, 0xa5);
	return r;
}

static bool said(const char *words)
{
	return strstr(failure.text, words) || strstr(failure.hint, words);
}

static void test_a_list_keeps_the_last_of_each_key(void)
{
	struct settings settings = { 0 }, copy = { 0 };

	CU_ASSERT_PTR_NULL(settings_get(&settings, "a"));
	CU_ASSERT_EQUAL(settings_set(&settings, "a", "1"), 0);
	CU_ASSERT_EQUAL(settings_set(&settings, "b", "2"), 0);
	CU_ASSERT_EQUAL(settings_set(&settings, "a", "3"), 0);
	CU_ASSERT_EQUAL(settings.n, 2);
	CU_ASSERT_EQUAL(settings_copy(&settings, &copy), 0);
	settings_clear(&settings);
	CU_ASSERT_PTR_NULL(settings_get(&settings, "a"));
	CU_ASSERT_STRING_EQUAL(settings_get(&copy, "a"), "3");
	CU_ASSERT_STRING_EQUAL(settings_get(&copy, "b"), "2");
	settings_clear(&copy);
}

static void test_presets_stand_where_nothing_is_set(void)
{
	CU_ASSERT_EQUAL(apply(NULL, NULL), 0);
	CU_ASSERT(self.truth);
	CU_ASSERT_EQUAL(self.number, 0);
	CU_ASSERT_EQUAL(self.size, 65536);
	CU_ASSERT_EQUAL(self.time, 5000);
	CU_ASSERT_EQUAL(self.limited, 8192);
	CU_ASSERT_EQUAL(self.choice, 1);
	CU_ASSERT_STRING_EQUAL(self.text, "x");
	CU_ASSERT_PTR_NULL(self.secret.data);
	CU_ASSERT_PTR_NULL(self.medium);
}

static void test_each_type_is_parsed(void)
{
	CU_ASSERT_EQUAL(apply("truth", "off"), 0);
	CU_ASSERT_FALSE(self.truth);
	CU_ASSERT_EQUAL(apply("number", "18446744073709551615"), 0);
	CU_ASSERT_EQUAL(self.number, UINT64_MAX);
	CU_ASSERT_EQUAL(apply("size", "1M"), 0);
	CU_ASSERT_EQUAL(self.size, 1u << 20);
	CU_ASSERT_EQUAL(apply("time", "250ms"), 0);
	CU_ASSERT_EQUAL(self.time, 250);
	CU_ASSERT_EQUAL(apply("colour", "blue"), 0);
	CU_ASSERT_EQUAL(self.choice, 2);
	CU_ASSERT_EQUAL(apply("secret", "somewhere"), 0);
	CU_ASSERT_PTR_NULL(self.secret.data);
	CU_ASSERT_EQUAL(apply("medium", "/dev/null"), 0);
	CU_ASSERT_PTR_NULL(self.medium);
}

static void test_limits_are_inside(void)
{
	CU_ASSERT_EQUAL(apply("limited", "4096"), 0);
	CU_ASSERT_EQUAL(apply("limited", "16384"), 0);
	CU_ASSERT_EQUAL(apply("limited", "16385"), -EINVAL);
	CU_ASSERT(said("16 KiB"));
	CU_ASSERT(said("limited"));
	CU_ASSERT_EQUAL(apply("limited", "4095"), -EINVAL);
	CU_ASSERT(said("less than 4 KiB"));
	CU_ASSERT_EQUAL(failure.code, EXIT_USAGE);
}

static void test_wrong_values_are_named(void)
{
	static const char *const wrong[][2] = {
		{ "truth", "perhaps" }, { "number", "-1" }, { "number", "x" },
		{ "number", "" }, { "size", "64Q" }, { "time", "soon" },
		{ "colour", "Green" }, { "colour", "" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CU_ASSERT_EQUAL(apply(wrong[i][0], wrong[i][1]), -EINVAL);
		CU_ASSERT(said(wrong[i][0]));
		CU_ASSERT(said(wrong[i][1]));
		CU_ASSERT(said("sample"));
	}
	CU_ASSERT_EQUAL(apply("colour", "gren"), -EINVAL);
	CU_ASSERT(said("did you mean 'green'?"));
	CU_ASSERT_EQUAL(apply("colour", "mauve"), -EINVAL);
	CU_ASSERT(said("red, green, blue"));
	CU_ASSERT_EQUAL(apply("number", "1\033[2J"), -EINVAL);
	CU_ASSERT_FALSE(said("\033"));
}

static void test_unknown_keys_are_named(void)
{
	CU_ASSERT_EQUAL(apply("colours", "red"), -EINVAL);
	CU_ASSERT(said("no setting 'colours'"));
	CU_ASSERT(said("did you mean 'colour'?"));
	CU_ASSERT_EQUAL(apply("zzz", "red"), -EINVAL);
	CU_ASSERT(said("truth, number"));
}

static void test_what_is_required_is_missed(void)
{
	struct settings none = { 0 };

	memset(&failure, 0, sizeof(failure));
	CU_ASSERT_EQUAL(settings_apply(&none, &ops, &self, &failure),
			-EINVAL);
	CU_ASSERT(said("needs the setting 'text'"));
}

static void test_a_filter_may_have_no_settings(void)
{
	const struct filter_ops bare = { .name = "bare" };
	struct settings settings = { 0 };

	CU_ASSERT_EQUAL(settings_apply(&settings, &bare, &self, NULL), 0);
	CU_ASSERT_EQUAL(settings_set(&settings, "a", "b"), 0);
	CU_ASSERT_EQUAL(settings_apply(&settings, &bare, &self, NULL),
			-EINVAL);
	settings_clear(&settings);
}

CHECK_SUITE("settings",
	    CHECK(test_a_list_keeps_the_last_of_each_key),
	    CHECK(test_presets_stand_where_nothing_is_set),
	    CHECK(test_each_type_is_parsed),
	    CHECK(test_limits_are_inside),
	    CHECK(test_wrong_values_are_named),
	    CHECK(test_unknown_keys_are_named),
	    CHECK(test_what_is_required_is_missed),
	    CHECK(test_a_filter_may_have_no_settings))
