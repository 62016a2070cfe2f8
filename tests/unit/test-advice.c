/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-advice.c - what is advised for media that are known and not opened
 */
#include <errno.h>

#include "advice.h"
#include "check.h"
#include "util.h"

static struct medium disk, part;
static struct source source;
static struct stack stack;
static char step[ADVICE_LEN];

/* A disk at @path with partition 3; @whole and @inside: what each holds. */
static void make(const char *path, bool block, const char *whole,
		 const char *inside)
{
	disk = (struct medium){
		.class = MEDIUM_WHOLE, .name = (char *)"sdx", .path = path,
		.block = block, .known = whole ? known_find(whole) : NULL,
		.children = inside ? &part : NULL,
	};
	part = (struct medium){
		.class = MEDIUM_PARTITION, .name = (char *)"sdx3",
		.partition = 3, .parent = &disk,
		.known = inside ? known_find(inside) : NULL,
	};
	source = (struct source){ .path = (char *)path, .root = &disk };
	stack = (struct stack){ .source = &source };
}

static const char *advise(const struct medium *medium)
{
	return advice_step(medium, step, sizeof(step));
}

static void test_a_device_is_named(void)
{
	make("/dev/sdx", true, NULL, "bitlocker");
	CU_ASSERT_STRING_EQUAL(advise(&part), "cryptsetup open --type bitlk "
			       "/dev/sdx3 NAME asks for its password or "
			       "recovery key");
	CU_ASSERT_STRING_EQUAL(advise(&disk), "");
	make("/dev/sdx", true, "integrity", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(advise(&disk), "open /dev/sdx NAME"));
}

static void test_a_file_becomes_a_device_first(void)
{
	make("/a b.img", false, NULL, "integrity");
	CU_ASSERT_STRING_EQUAL(advise(&part), "losetup -fP --show '/a b.img', "
			       "then integritysetup open /dev/loopNp3 NAME: "
			       "it is then /dev/mapper/NAME");
	make("/a.img", false, "lvm", NULL);
	CU_ASSERT_STRING_EQUAL(advise(&disk), "losetup -f --show /a.img, then "
			       "vgchange -ay: its volumes are then in "
			       "/dev/mapper");
	/* What takes a file needs none. */
	make("/a.img", false, "vmfs", NULL);
	CU_ASSERT_STRING_EQUAL(advise(&disk), "vmfs6-fuse or vmfs-fuse /a.img "
			       "DIR shows its files");
}

/* Of a dynamic disk the partitions alone are of no use. */
static void test_some_need_the_whole_disk(void)
{
	make("/a.img", false, NULL, "ldm");
	CU_ASSERT_STRING_EQUAL(advise(&part), "losetup -fP --show /a.img, "
			       "then ldmtool create all: its volumes are then "
			       "in /dev/mapper");
}

static void test_no_half_path_is_shown(void)
{
	char path[220];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[200] = '\0';
	make(path, false, "vmfs", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(advise(&disk), path));
	path[200] = 'x';
	path[201] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(advise(&disk), "vmfs-fuse FILE DIR"));
}

static void test_what_is_closed_is_refused_by_name(void)
{
	struct failure f = { 0 };
	struct medium *volumes[] = { &part };

	make("/dev/sdx", true, NULL, "bitlocker");
	CU_ASSERT_EQUAL(advice_refuse(&stack, NULL, 0, &f), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(f.code, EXIT_UNSUPPORTED);
	CU_ASSERT_STRING_EQUAL(f.text, "nothing on '/dev/sdx' can be opened: "
			       "'sdx3' is a BitLocker volume; filterd cannot "
			       "open it");
	CU_ASSERT_PTR_NOT_NULL(strstr(f.hint, "/dev/sdx3"));
	/* A member can be published as it is, if it is not the source. */
	make("/dev/sdx", true, NULL, "lvm");
	CU_ASSERT_EQUAL(advice_refuse(&stack, volumes, 1, &f), 0);
	make("/dev/sdx", true, "lvm", NULL);
	volumes[0] = &disk;
	f = (struct failure){ 0 };
	CU_ASSERT_EQUAL(advice_refuse(&stack, volumes, 1, &f), -EOPNOTSUPP);
	CU_ASSERT_STRING_EQUAL(f.text, "'/dev/sdx' is an LVM physical volume; "
			       "filterd does not assemble it");
	make("/dev/sdx", true, NULL, NULL);
	CU_ASSERT_EQUAL(advice_refuse(&stack, NULL, 0, &f), 0);
}

CHECK_SUITE("advice", CHECK(test_a_device_is_named),
	    CHECK(test_a_file_becomes_a_device_first),
	    CHECK(test_some_need_the_whole_disk),
	    CHECK(test_no_half_path_is_shown),
	    CHECK(test_what_is_closed_is_refused_by_name))
