/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-fstab.c - each option of a line goes to whom it is for
 */
#include <errno.h>

#include "check.h"
#include "fstab.h"

static struct fstab fstab;
static struct failure failure;

static int add(const char *options)
{
	failure = (struct failure){ 0 };
	return fstab_add(&fstab, options, &failure);
}

static void test_ours_are_taken(void)
{
	CU_ASSERT_EQUAL(add("fstype=ext4,key-file=/etc/key,volume=vault2,"
			    "keyfile-offset=1K,keyfile-size=32,"
			    "sector-size=4096"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.type, "ext4");
	CU_ASSERT_STRING_EQUAL(fstab.key_file, "/etc/key");
	CU_ASSERT_STRING_EQUAL(fstab.volume, "vault2");
	CU_ASSERT_EQUAL(fstab.key_offset, 1024);
	CU_ASSERT_EQUAL(fstab.key_size, 32);
	CU_ASSERT_EQUAL(fstab.sector, 4096);
	CU_ASSERT_PTR_NULL(fstab.rest);
	fstab_clear(&fstab);
	CU_ASSERT_PTR_NULL(fstab.type);
}

static void test_the_last_of_a_name_counts(void)
{
	CU_ASSERT_EQUAL(add("fstype=ext4,ro,fstype=xfs"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.type, "xfs");
	CU_ASSERT_TRUE(fstab.read_only);
	CU_ASSERT_EQUAL(add("rw"), 0);
	CU_ASSERT_FALSE(fstab.read_only);
	fstab_clear(&fstab);
}

static void test_the_rest_is_the_file_systems(void)
{
	CU_ASSERT_EQUAL(add("noatime,data=journal"), 0);
	CU_ASSERT_EQUAL(add("context=\"a,b\",ro"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.rest,
			       "noatime,data=journal,context=\"a,b\",ro");
	fstab_clear(&fstab);
}

static void test_what_is_for_others_is_passed_over(void)
{
	CU_ASSERT_EQUAL(add("defaults,noauto,nofail,_netdev,users,comment=x,"
			    "x-systemd.requires=filterd.socket,X-mount.mkdir,"
			    ",group"), 0);
	CU_ASSERT_PTR_NULL(fstab.rest);
	/* Names that only begin like those. */
	CU_ASSERT_EQUAL(add("userx,volumes=1,autodefrag"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.rest, "userx,volumes=1,autodefrag");
	CU_ASSERT_PTR_NULL(fstab.volume);
	fstab_clear(&fstab);
}

static void test_commas_in_quotes_are_part_of_a_value(void)
{
	CU_ASSERT_EQUAL(add("filter=\"crypt,header=/etc/h\",noatime"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.filter, "crypt,header=/etc/h");
	CU_ASSERT_STRING_EQUAL(fstab.rest, "noatime");
	fstab_clear(&fstab);
	CU_ASSERT_EQUAL(add("filter=\"crypt,header=/etc/h"), 0);
	CU_ASSERT_STRING_EQUAL(fstab.filter, "crypt,header=/etc/h");
	fstab_clear(&fstab);
}

static void test_a_size_that_is_none_is_told(void)
{
	CU_ASSERT_EQUAL(add("keyfile-size=many"), -EINVAL);
	CU_ASSERT_EQUAL(failure.code, EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "keyfile-size"));
	fstab_clear(&fstab);
}

CHECK_SUITE("fstab",
	    CHECK(test_ours_are_taken),
	    CHECK(test_the_last_of_a_name_counts),
	    CHECK(test_the_rest_is_the_file_systems),
	    CHECK(test_what_is_for_others_is_passed_over),
	    CHECK(test_commas_in_quotes_are_part_of_a_value),
	    CHECK(test_a_size_that_is_none_is_told))
