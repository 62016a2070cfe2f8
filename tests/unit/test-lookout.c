/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-lookout.c - changes of configuration files are noticed
 */
#include <stdbool.h>
#include <unistd.h>

#include "check.h"
#include "events.h"
#include "folder.h"
#include "lookout.h"

#define GUARD_MS 60000		/* only ends a test that waits in vain */

static struct lookout *lookout;
static struct event_timer *guard;
static const char *dirs[3];

static void changed(void *arg)
{
	(void)arg;
	events_exit(0);
}

static void give_up(void *arg)
{
	(void)arg;
	events_exit(1);
}

/* One directory that is there, and one that is two levels away. */
static void begin(void)
{
	folder_open();
	folder_make("here");
	dirs[0] = folder_path("here");
	dirs[1] = folder_path("away/far");
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	guard = events_timer(give_up, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(guard);
	CU_ASSERT_EQUAL_FATAL(lookout_open(dirs, 50, changed, NULL, &lookout),
			      0);
}

static void end(void)
{
	lookout_close(lookout);
	events_timer_free(guard);
	events_fini();
	folder_close();
}

/* Whether a change that was made is told. */
static bool is_told(void)
{
	if (events_timer_set(guard, GUARD_MS) < 0)
		return false;
	return events_run() == 0;
}

static void test_files_that_come_change_and_go(void)
{
	begin();
	(void)folder_write("here/a.personality", "one");
	CU_ASSERT_TRUE(is_told());
	(void)folder_write("here/a.personality", "two");
	CU_ASSERT_TRUE(is_told());
	CU_ASSERT_EQUAL(rename(folder_path("here/a.personality"),
			       folder_path("here/b.personality")), 0);
	CU_ASSERT_TRUE(is_told());
	CU_ASSERT_EQUAL(symlink("/dev/null",
				folder_path("here/c.personality")), 0);
	CU_ASSERT_TRUE(is_told());
	CU_ASSERT_EQUAL(unlink(folder_path("here/b.personality")), 0);
	CU_ASSERT_TRUE(is_told());
	end();
}

static void test_drop_ins_too(void)
{
	begin();
	folder_make("here/a.personality.d");
	CU_ASSERT_TRUE(is_told());
	(void)folder_write("here/a.personality.d/10.conf", "one");
	CU_ASSERT_TRUE(is_told());
	(void)folder_write("here/a.personality.d/10.conf", "two");
	CU_ASSERT_TRUE(is_told());
	end();
}

static void test_a_directory_may_come_later(void)
{
	begin();
	folder_make("away");
	CU_ASSERT_TRUE(is_told());
	folder_make("away/far");
	CU_ASSERT_TRUE(is_told());
	(void)folder_write("away/far/a.personality", "one");
	CU_ASSERT_TRUE(is_told());
	CU_ASSERT_EQUAL(rename(folder_path("away"), folder_path("gone")), 0);
	CU_ASSERT_TRUE(is_told());
	/* All at once: no step of it may be missed. */
	folder_make("away");
	folder_make("away/far");
	(void)folder_write("away/far/a.personality", "two");
	CU_ASSERT_TRUE(is_told());
	(void)folder_write("away/far/a.personality", "three");
	CU_ASSERT_TRUE(is_told());
	end();
}

CHECK_SUITE("lookout",
	    CHECK(test_files_that_come_change_and_go),
	    CHECK(test_drop_ins_too),
	    CHECK(test_a_directory_may_come_later))
