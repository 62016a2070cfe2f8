/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-growth.c - all that stands on a disk follows it
 */
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "growth.h"
#include "matchbed.h"

#define SIZE	(1u << 20)

static int image;
static char told[256];

static void note_changed(void *arg, struct medium *medium)
{
	(void)arg;
	strcat(told, medium->name);
	strcat(told, " ");
}

/* A disk in a file, which can grow. */
static void set_up(void)
{
	char path[] = "/var/tmp/filterd-test-XXXXXX";

	bed_make();
	told[0] = '\0';
	image = mkostemp(path, O_CLOEXEC);
	CU_ASSERT_FATAL(image >= 0);
	(void)unlink(path);
	CU_ASSERT_EQUAL_FATAL(ftruncate(image, SIZE), 0);
	medium_free(source.root);
	CU_ASSERT_EQUAL_FATAL(device_open(fcntl(image, F_DUPFD_CLOEXEC, 0),
					  true, 512, &source.device), 0);
	source.root = medium_new_whole("disk", device_store(source.device));
	CU_ASSERT_PTR_NOT_NULL_FATAL(source.root);
}

static void tear_down(void)
{
	bed_clear();
	device_close(source.device);
	(void)close(image);
}

static int follow(void)
{
	failure = (struct failure){ 0 };
	told[0] = '\0';
	return growth_follow(&source, note_changed, NULL, &failure);
}

static uint64_t size_of(const char *name)
{
	const struct medium *medium = medium_find(source.root, name);

	return medium ? store_size(medium->store) : 0;
}

static void test_a_stack_follows_its_disk(void)
{
	struct personality *p;

	set_up();
	p = bed_add("low", "plain", 1000, "Whole", "yes");
	settings_set(&p->settings, "hint", "Inner");
	bed_add("high", "other", 1500, "ContentHint", "Inner");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(size_of("disk.plain.other"), SIZE);
	CU_ASSERT_EQUAL(follow(), 0);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_EQUAL(ftruncate(image, 2 * SIZE), 0);
	CU_ASSERT_EQUAL(follow(), 0);
	CU_ASSERT_STRING_EQUAL(told, "disk disk.plain disk.plain.other ");
	CU_ASSERT_EQUAL(size_of("disk.plain.other"), 2 * SIZE);
	tear_down();
}

static void test_partitions_stay_where_their_map_says(void)
{
	set_up();
	findings = two_parts;
	bed_add("low", "plain", 1000, "ContentHint", "Vault");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(ftruncate(image, 2 * SIZE), 0);
	CU_ASSERT_EQUAL(follow(), 0);
	CU_ASSERT_STRING_EQUAL(told, "disk ");
	CU_ASSERT_EQUAL(size_of("disk3.plain"), 65536);
	tear_down();
}

static void test_a_disk_without_a_sector_is_an_error(void)
{
	set_up();
	bed_add("low", "plain", 1000, "Whole", "yes");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(ftruncate(image, 100), 0);
	CU_ASSERT_EQUAL(follow(), -ENXIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "'disk'"));
	CU_ASSERT_EQUAL(size_of("disk.plain"), SIZE);
	tear_down();
}

CHECK_SUITE("growth",
	    CHECK(test_a_stack_follows_its_disk),
	    CHECK(test_partitions_stay_where_their_map_says),
	    CHECK(test_a_disk_without_a_sector_is_an_error))
