/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-image.c - images made, and not made
 */
#include <errno.h>
#include <unistd.h>

/* The daemon's: there is one of that name beside us. */
#include "faces/image.h"

#include "check.h"
#include "folder.h"

static const struct write_part luks = { .type = "luks" };

static int create(const char *name, uint64_t size, const char *scheme,
		  const struct write_part *part, struct failure *f)
{
	const struct image image = {
		.path = folder_path(name), .size = size, .sector = 512,
		.scheme = scheme, .parts = part, .n_parts = part ? 1 : 0,
	};

	*f = (struct failure){ 0 };
	return image_create(&image, f);
}

static void test_an_image_is_sparse_and_as_large_as_asked(void)
{
	struct failure f;
	struct stat st;

	folder_open();
	CU_ASSERT_EQUAL(create("a", 64u << 20, "gpt", &luks, &f), 0);
	CU_ASSERT_EQUAL_FATAL(stat(folder_path("a"), &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 64u << 20);
	CU_ASSERT_TRUE(st.st_blocks * 512 < 4u << 20);
	folder_close();
}

static void test_nothing_is_overwritten(void)
{
	struct failure f;
	struct stat st;

	folder_open();
	folder_write("a", "mine");
	CU_ASSERT_EQUAL(create("a", 8u << 20, "none", NULL, &f), -EEXIST);
	CU_ASSERT_EQUAL(f.code, EXIT_FAILED);
	CU_ASSERT_EQUAL_FATAL(stat(folder_path("a"), &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 4);
	folder_close();
}

static void test_a_half_made_file_is_removed(void)
{
	const struct write_part wrong = { .type = "no such type" };
	struct failure f;

	folder_open();
	CU_ASSERT_TRUE(create("a", 8u << 20, "gpt", &wrong, &f) < 0);
	CU_ASSERT_EQUAL(access(folder_path("a"), F_OK), -1);
	folder_close();
}

static void test_what_cannot_be_is_usage(void)
{
	struct failure f;

	folder_open();
	CU_ASSERT_EQUAL(create("a", 8u << 20, "gtp", NULL, &f), -EINVAL);
	CU_ASSERT_EQUAL(f.code, EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.hint, "gpt"));
	CU_ASSERT_EQUAL(create("a", 1000, "none", NULL, &f), -EINVAL);
	CU_ASSERT_EQUAL(create("a", 0, "none", NULL, &f), -EINVAL);
	CU_ASSERT_EQUAL(create("a", 1u << 20, "none", &luks, &f), -EINVAL);
	CU_ASSERT_EQUAL(access(folder_path("a"), F_OK), -1);
	folder_close();
}

CHECK_SUITE("image",
	    CHECK(test_an_image_is_sparse_and_as_large_as_asked),
	    CHECK(test_nothing_is_overwritten),
	    CHECK(test_a_half_made_file_is_removed),
	    CHECK(test_what_cannot_be_is_usage))
