/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-place.c - the directory of volumes: held, linked, cleared
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "folder.h"
#include "place.h"

static int open_place(const char *name, struct place **ret, struct failure *f)
{
	*f = (struct failure){ 0 };
	return place_open(folder_path(name), PLACE_MOUNT, "disk", ret, f);
}

static void make_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		       folder_path(name));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
}

static bool there(const char *name)
{
	struct stat st;

	return lstat(folder_path(name), &st) == 0;
}

static void test_what_it_makes_it_removes(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	CU_ASSERT_TRUE(there("v"));
	place_close(place);
	CU_ASSERT_FALSE(there("v"));

	folder_make("v");
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	place_close(place);
	CU_ASSERT_TRUE(there("v"));
	folder_close();
}

static void test_one_place_has_one_owner(void)
{
	struct place *place = NULL, *second = NULL;
	struct failure f;

	folder_open();
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	CU_ASSERT_EQUAL(open_place("v", &second, &f), -EBUSY);
	CU_ASSERT_EQUAL(f.code, EXIT_BUSY);
	CU_ASSERT_PTR_NULL(second);
	place_close(place);
	folder_close();
}

static void test_what_a_person_has_there_stays(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	folder_make("v");
	folder_write("v/mine", "text");
	CU_ASSERT_EQUAL(open_place("v", &place, &f), -ENOTEMPTY);
	/* Nor does the mark of a dead mount make it ours. */
	make_socket("v/.control");
	CU_ASSERT_EQUAL(open_place("v", &place, &f), -ENOTEMPTY);
	CU_ASSERT_TRUE(there("v/mine"));
	folder_close();
}

static void test_what_a_dead_mount_left_is_cleared(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	folder_make("v");
	folder_make("v/by-label");
	make_socket("v/.control");
	folder_write("v/disk1", "");
	CU_ASSERT_EQUAL_FATAL(symlink("../disk1",
				      folder_path("v/by-label/x")), 0);
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	CU_ASSERT_FALSE(there("v/disk1"));
	CU_ASSERT_FALSE(there("v/by-label"));
	place_close(place);
	folder_close();
}

static void test_the_first_of_a_name_is_linked(void)
{
	struct place *place = NULL;
	struct failure f;
	char to[64] = "";

	folder_open();
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "root", "disk1"),
			0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "root", "disk2"),
			-EEXIST);
	CU_ASSERT_TRUE(readlink(folder_path("v/by-label/root"), to,
				sizeof(to) - 1) > 0);
	CU_ASSERT_STRING_EQUAL(to, "../disk1");
	place_close(place);
	CU_ASSERT_FALSE(there("v"));
	folder_close();
}

static void test_links_go_with_their_volume(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	place_unlink(place, "disk1");
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "a", "disk1"), 0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "b", "disk11"), 0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_UUID, "c", "disk1"), 0);
	place_unlink(place, "disk1");
	CU_ASSERT_FALSE(there("v/by-label/a"));
	CU_ASSERT_FALSE(there("v/by-uuid/c"));
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "b", "x"), -EEXIST);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "a", "x"), 0);
	place_close(place);
	folder_close();
}

static void test_a_label_cannot_leave_its_folder(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "../../up", "d"),
			0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "..", "d"), 0);
	CU_ASSERT_EQUAL(place_link(place, PLACE_BY_LABEL, "", "d"), 0);
	CU_ASSERT_TRUE(there("v/by-label/_._.._up"));
	CU_ASSERT_TRUE(there("v/by-label/_."));
	CU_ASSERT_FALSE(there("up"));
	place_close(place);
	folder_close();
}

static void test_a_place_that_others_can_write_is_refused(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	folder_make("v");
	CU_ASSERT_EQUAL(chmod(folder_path("v"), 0777), 0);
	CU_ASSERT_EQUAL(open_place("v", &place, &f), -EPERM);
	CU_ASSERT_EQUAL(f.code, EXIT_DENIED);
	CU_ASSERT_TRUE(f.hint[0] != '\0');
	CU_ASSERT_EQUAL(chmod(folder_path("v"), 0770), 0);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(chown(folder_path("v"), 0, 65534), 0);
		CU_ASSERT_EQUAL(open_place("v", &place, &f), -EPERM);
		CU_ASSERT_EQUAL(chown(folder_path("v"), 65534, 0), 0);
		CU_ASSERT_EQUAL(open_place("v", &place, &f), -EPERM);
		CU_ASSERT_EQUAL(chown(folder_path("v"), 0, 0), 0);
	}
	CU_ASSERT_TRUE(there("v"));
	CU_ASSERT_EQUAL_FATAL(open_place("v", &place, &f), 0);
	place_close(place);
	folder_close();
}

/* Who owns the directory above can put anything where ours was. */
static void test_what_took_the_place_of_ours_stays(void)
{
	struct place *place = NULL;
	struct failure f;

	folder_open();
	folder_make("above");
	CU_ASSERT_EQUAL_FATAL(open_place("above/v", &place, &f), 0);
	CU_ASSERT_EQUAL(rename(folder_path("above"), folder_path("moved")), 0);
	folder_make("other");
	folder_make("other/v");
	CU_ASSERT_EQUAL(symlink("other", folder_path("above")), 0);
	place_close(place);
	CU_ASSERT_TRUE(there("other/v"));
	CU_ASSERT_FALSE(there("moved/v"));

	CU_ASSERT_EQUAL_FATAL(open_place("w", &place, &f), 0);
	CU_ASSERT_EQUAL(rename(folder_path("w"), folder_path("x")), 0);
	folder_make("w");
	place_close(place);
	CU_ASSERT_TRUE(there("w"));
	folder_close();
}

CHECK_SUITE("place",
	    CHECK(test_what_it_makes_it_removes),
	    CHECK(test_one_place_has_one_owner),
	    CHECK(test_what_a_person_has_there_stays),
	    CHECK(test_what_a_dead_mount_left_is_cleared),
	    CHECK(test_the_first_of_a_name_is_linked),
	    CHECK(test_links_go_with_their_volume),
	    CHECK(test_a_label_cannot_leave_its_folder),
	    CHECK(test_a_place_that_others_can_write_is_refused),
	    CHECK(test_what_took_the_place_of_ours_stays))
