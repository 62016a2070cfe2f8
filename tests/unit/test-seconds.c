/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-seconds.c - which media settings may name, and what is said of others
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "seconds.h"
#include "util.h"

static const struct filter_param params[] = {
	{ .name = "header", .type = FILTER_MEDIUM, .summary = "a medium" },
	{ .name = "other", .type = FILTER_MEDIUM, .summary = "a medium" },
	{ .name = "third", .type = FILTER_MEDIUM, .summary = "a medium" },
	{ .name = "fourth", .type = FILTER_MEDIUM, .summary = "a medium" },
	{ .name = "fifth", .type = FILTER_MEDIUM, .summary = "a medium" },
	{ .name = "words", .type = FILTER_TEXT, .summary = "none" },
	{ .name = NULL },
};
static const struct filter_ops ops = { .name = "vault", .params = params };

static char folder[] = "/tmp/filterd-seconds-XXXXXX";
static char image[64];
static struct personality personality;
static struct seconds seconds;
static struct failure failure;

static int make_image(void)
{
	int fd;

	if (!mkdtemp(folder))
		return -1;
	snprintf(image, sizeof(image), "%s/header", folder);
	fd = open(image, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 1 << 20) < 0)
		return -1;
	return close(fd);
}

static int remove_image(void)
{
	return unlink(image) | rmdir(folder);
}

static void set(const char *key, const char *value)
{
	CU_ASSERT_EQUAL_FATAL(settings_set(&personality.settings, key, value),
			      0);
}

static int open_seconds(void)
{
	failure = (struct failure){ 0 };
	return seconds_open(&personality, &ops, &seconds, &failure);
}

static void forget(void)
{
	seconds_close(&seconds);
	settings_clear(&personality.settings);
	personality = (struct personality){ 0 };
}

static void test_only_media_are_opened(void)
{
	set("words", "/nowhere");
	CU_ASSERT_FALSE(seconds_named(&personality, &ops));
	CU_ASSERT_EQUAL(open_seconds(), 0);
	CU_ASSERT_EQUAL(seconds.n, 0);
	seconds_close(&seconds);
	set("header", image);
	CU_ASSERT_TRUE(seconds_named(&personality, &ops));
	CU_ASSERT_EQUAL(open_seconds(), 0);
	CU_ASSERT_EQUAL_FATAL(seconds.n, 1);
	CU_ASSERT_PTR_NULL(seconds.settings.list[0].store);
	CU_ASSERT_PTR_EQUAL(seconds.settings.list[1].store,
			    seconds.sources[0]->root->store);
	CU_ASSERT_EQUAL(seconds.sources[0]->root->store->medium.size, 1 << 20);
	CU_ASSERT_FALSE(seconds.sources[0]->root->store->medium.writable);
	/* The copy has it, not what the next attempt begins with. */
	CU_ASSERT_PTR_NULL(personality.settings.list[1].store);
	forget();
}

static void test_paths_of_the_system_are_absolute(void)
{
	CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
	set("header", "header");
	CU_ASSERT_EQUAL(open_seconds(), -EINVAL);
	CU_ASSERT_STRING_EQUAL(failure.text, "setting 'header' of filter "
			       "vault: 'header' is no absolute path");
	seconds_close(&seconds);
	/* Who asks for it by name knows where he stands. */
	personality.requested = true;
	CU_ASSERT_EQUAL(open_seconds(), 0);
	forget();
	CU_ASSERT_EQUAL_FATAL(chdir("/"), 0);
}

static void test_partitions_cannot_be_named(void)
{
	char spec[80];

	snprintf(spec, sizeof(spec), "%s:2", image);
	set("header", spec);
	CU_ASSERT_EQUAL(open_seconds(), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(failure.code, EXIT_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "cannot be named here"));
	forget();
}

static void test_there_is_an_end_to_them(void)
{
	for (unsigned i = 0; i < WIRE_SECONDS; i++)
		set(params[i].name, image);
	CU_ASSERT_EQUAL(open_seconds(), 0);
	CU_ASSERT_EQUAL(seconds.n, WIRE_SECONDS);
	seconds_close(&seconds);
	set(params[WIRE_SECONDS].name, image);
	CU_ASSERT_EQUAL(open_seconds(), -E2BIG);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "more than 4 media"));
	forget();
}

static void test_what_is_missing_is_named(void)
{
	set("header", "/nowhere/header");
	CU_ASSERT_EQUAL(open_seconds(), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text,
				      "setting 'header' of filter vault: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "/nowhere/header"));
	/* That would list what can be mounted. */
	CU_ASSERT_STRING_EQUAL(failure.hint, "");
	forget();
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_only_media_are_opened),
		CHECK(test_paths_of_the_system_are_absolute),
		CHECK(test_partitions_cannot_be_named),
		CHECK(test_there_is_an_end_to_them),
		CHECK(test_what_is_missing_is_named),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "seconds", make_image, remove_image, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
