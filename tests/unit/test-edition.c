/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-edition.c - which personalities count, when some are loaded by hand and
 * some filters are held back
 */
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "edition.h"
#include "folder.h"
#include "partmap.h"
#include "util.h"

#define TEXT(module, hint) "[Personality]\nModule=" module "\n[Match]\n"	\
			   "ContentHint=" hint "\n"

static struct edition edition;
static struct catalogue *catalogue;
static const char *dirs[2];

static void begin(void)
{
	folder_open();
	dirs[0] = folder;
	edition = (struct edition){ .dirs = dirs };
	(void)folder_write("one.personality", TEXT("crypt", "A"));
	(void)folder_write("two.personality", TEXT("fault", "B"));
	catalogue = catalogue_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
}

static void end(void)
{
	catalogue_unref(catalogue);
	edition_clear(&edition);
	folder_close();
}

/* Makes the next catalogue; whether it has changed. */
static bool make(void)
{
	struct failure f = { 0 };
	struct catalogue *next;
	bool changed;

	CU_ASSERT_EQUAL_FATAL(edition_make(&edition, catalogue, &next,
					   &changed, &f), 0);
	catalogue_unref(catalogue);
	catalogue = next;
	return changed;
}

static const struct personality *find(const char *name)
{
	for (size_t i = 0; i < catalogue_count(catalogue); i++)
		if (streq(catalogue_at(catalogue, i)->name, name))
			return catalogue_at(catalogue, i);
	return NULL;
}

/* One that somebody loads by hand; a reference. */
static const struct personality *by_hand(const char *text)
{
	static const char *const none[] = { NULL };
	const char *path = folder_write("hand", text);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct personality *personality;

	CU_ASSERT_EQUAL_FATAL(personality_read(path, fd, none, folder_told,
					       NULL, &personality), 0);
	close(fd);
	return personality_ref(personality);
}

static void test_the_files_count(void)
{
	begin();
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NOT_NULL(find("one"));
	CU_ASSERT_PTR_NOT_NULL(find("two"));
	CU_ASSERT_FALSE(make());
	(void)folder_write("two.personality", TEXT("fault", "C"));
	CU_ASSERT_TRUE(make());
	CU_ASSERT_EQUAL(unlink(folder_path("two.personality")), 0);
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NULL(find("two"));
	end();
}

static void test_what_is_held_back_does_not_count(void)
{
	begin();
	CU_ASSERT_TRUE(make());
	CU_ASSERT_EQUAL(edition_hold(&edition, "crypt"), 0);
	CU_ASSERT_EQUAL(edition_hold(&edition, "crypt"), 0);
	CU_ASSERT_TRUE(edition_holds(&edition, "crypt"));
	CU_ASSERT_FALSE(edition_holds(&edition, "fault"));
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NULL(find("one"));
	CU_ASSERT_PTR_NOT_NULL(find("two"));
	CU_ASSERT_FALSE(make());
	edition_release(&edition, "fault");
	edition_release(&edition, "crypt");
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NOT_NULL(find("one"));
	end();
}

static void test_what_was_loaded_by_hand_counts_too(void)
{
	const struct personality *first, *second;

	begin();
	first = by_hand("[Personality]\nName=mine\nModule=crypt\n"
			"[Match]\nContentHint=C\n");
	second = by_hand("[Personality]\nName=mine\nModule=fault\n"
			 "[Match]\nContentHint=D\n");
	CU_ASSERT_TRUE(make());
	CU_ASSERT_EQUAL(edition_add(&edition, first), 0);
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_EQUAL(find("mine"), first);
	CU_ASSERT_FALSE(make());
	/* The same name again takes its place. */
	CU_ASSERT_EQUAL(edition_add(&edition, second), 0);
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_EQUAL(find("mine"), second);
	CU_ASSERT_EQUAL(edition_hold(&edition, "fault"), 0);
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NULL(find("mine"));
	personality_unref(first);
	personality_unref(second);
	end();
}

static void test_a_system_may_start_from_few(void)
{
	begin();
	(void)folder_write("boot.personality", TEXT("crypt", "E")
			   "[Policy]\nRequiredAt=root\n");
	edition.required = true;
	CU_ASSERT_TRUE(make());
	CU_ASSERT_PTR_NULL(find("one"));
	CU_ASSERT_PTR_NOT_NULL(find("boot"));
	end();
}

CHECK_SUITE("edition",
	    CHECK(test_the_files_count),
	    CHECK(test_what_is_held_back_does_not_count),
	    CHECK(test_what_was_loaded_by_hand_counts_too),
	    CHECK(test_a_system_may_start_from_few))
