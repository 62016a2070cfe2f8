/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-errand.c - the daemon beside a helper that lies
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "errand.h"
#include "fake-store.h"
#include "helper.h"

static struct fake_store *store;

static int make_store(void)
{
	helper_program = TEST_LIAR;
	store = fake_new(1u << 20, 512);
	return 0;
}

static int free_store(void)
{
	fake_free(store);
	return 0;
}

static void choose(const char *lie)
{
	snprintf(store->store.medium.label,
		 sizeof(store->store.medium.label), "%s", lie);
}

static const struct scheme_place nowhere = { .hint = "", .scheme = "" };

static int examine(const char *lie, struct helper_examined *ret)
{
	struct failure f = { 0 };
	int r;

	choose(lie);
	r = helper_examine(&store->store, "vault", -1, &nowhere, ret, &f);
	CU_ASSERT_EQUAL(r == 0, f.text[0] == '\0');
	return r;
}

/* An act of the helper's alone: the module is never loaded. */
static const int given = STDERR_FILENO;

static int serve(const char *lie, const struct ask *ask,
		 struct wire_message *ret)
{
	struct wire_errand what = { .act = WIRE_PREPARE };
	struct failure f = { 0 };
	struct errand e = {
		.doing = "unlocking", .name = "vault", .ask = ask,
		.store = &store->store, .f = &f, .pid = -1, .socket = -1,
		/* No setting names it: the number alone keeps it away. */
		.seconds = { &store->store },
	};
	int r;

	choose(lie);
	r = errand_open(&e, &what, NULL, &given, 1);
	if (r == 0)
		r = errand_serve(&e, ret);
	CU_ASSERT_EQUAL(r == 0, f.text[0] == '\0');
	errand_close(&e);
	return r;
}

static void test_parts_outside_are_left_out(void)
{
	struct helper_examined found;
	const struct helper_scan *scan;

	CU_ASSERT_EQUAL_FATAL(examine("parts", &found), 0);
	CU_ASSERT_EQUAL(strlen(found.signature.known),
			sizeof(found.signature.known) - 1);
	CU_ASSERT_EQUAL(strlen(found.signature.type),
			sizeof(found.signature.type) - 1);
	scan = &found.scans[0];
	CU_ASSERT_EQUAL_FATAL(scan->n_parts, 1);
	CU_ASSERT_EQUAL(scan->parts[0].number, 4);
	CU_ASSERT_EQUAL(scan->parts[0].base, 512);
	CU_ASSERT_TRUE(scan->parts[0].writable);
	CU_ASSERT_EQUAL(strlen(scan->parts[0].hint),
			sizeof(scan->parts[0].hint) - 1);
	CU_ASSERT_EQUAL(strlen(scan->parts[0].name),
			sizeof(scan->parts[0].name) - 1);
	CU_ASSERT_EQUAL(strlen(scan->parts[0].uuid),
			sizeof(scan->parts[0].uuid) - 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(scan->why, "left out"));
	helper_examined_clear(&found);
}

static void test_lies_about_what_is_found_are_seen(void)
{
	static const char *const lies[] = {
		"scheme", "many parts", "signatures", "nothing",
		"signature alone", "result", "no errno", "canceled",
	};
	struct helper_examined found;

	for (unsigned i = 0; i < ARRAY_SIZE(lies); i++)
		CU_ASSERT_EQUAL(examine(lies[i], &found), -EPROTO);
}

static void test_lies_about_lengths_are_refused(void)
{
	struct wire_message last;

	CU_ASSERT_EQUAL_FATAL(serve("lengths", NULL, &last), 0);
	CU_ASSERT_EQUAL(last.result, -EXDEV);
}

static void test_messages_that_cannot_be_end_the_errand(void)
{
	static const char *const lies[] = {
		"result", "result below", "op", "text", "kind", "deaf",
		"signatures", "scheme",
	};
	struct wire_message last;

	for (unsigned i = 0; i < ARRAY_SIZE(lies); i++)
		CU_ASSERT_EQUAL(serve(lies[i], NULL, &last), -EPROTO);
}

static void test_nobody_is_asked_for_ever(void)
{
	char path[32];
	struct ask ask = { .key_file = path, .fd = -1 };
	struct wire_message last;
	int fd = memfd_create("key", 0);

	CU_ASSERT_EQUAL_FATAL(write(fd, "key", 3), 3);
	CU_ASSERT_EQUAL(fchmod(fd, 0600), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL_FATAL(serve("asks", &ask, &last), 0);
	CU_ASSERT_EQUAL(last.result, -EXDEV);
	close(fd);
}

static void test_the_daemon_works_for_no_helper_for_ever(void)
{
	struct wire_message last;

	CU_ASSERT_EQUAL_FATAL(serve("files", NULL, &last), 0);
	CU_ASSERT_EQUAL(last.result, -EXDEV);
	CU_ASSERT_EQUAL(serve("chatter", NULL, &last), -EPROTO);
}

static void count_text(void *arg, int level, const char *text)
{
	unsigned *n = arg;

	CU_ASSERT_EQUAL(level, FILTER_INFO);
	CU_ASSERT_STRING_EQUAL(text, "no end");
	++*n;
}

static void test_no_screen_is_flooded(void)
{
	struct wire_errand what = { .act = WIRE_PREPARE };
	struct wire_message last;
	struct failure f = { 0 };
	unsigned n = 0;
	struct errand errand = {
		.doing = "unlocking", .name = "vault", .say = count_text,
		.arg = &n, .store = &store->store, .f = &f, .pid = -1,
		.socket = -1,
	};

	choose("says");
	CU_ASSERT_EQUAL(errand_open(&errand, &what, NULL, &given, 1), 0);
	CU_ASSERT_EQUAL(errand_serve(&errand, &last), 0);
	CU_ASSERT_EQUAL(last.result, -EXDEV);
	CU_ASSERT_TRUE(n > 10 && n < 1000);
	errand_close(&errand);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_parts_outside_are_left_out),
		CHECK(test_lies_about_what_is_found_are_seen),
		CHECK(test_lies_about_lengths_are_refused),
		CHECK(test_messages_that_cannot_be_end_the_errand),
		CHECK(test_nobody_is_asked_for_ever),
		CHECK(test_the_daemon_works_for_no_helper_for_ever),
		CHECK(test_no_screen_is_flooded),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "errand", make_store, free_store, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
