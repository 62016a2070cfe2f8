/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-connect.c - a mount that is asked is another user's, and evil
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "check.h"
#include "connect.h"
#include "failure.h"
#include "folder.h"
#include "util.h"
#include "varlink.h"

/* What becomes of @frames, which ends with the NUL of the last one. */
static int ask(const char *frames, size_t len, struct json_object **ret,
	       struct failure *f)
{
	int status, dir, r;
	pid_t pid;

	folder_open();
	pid = answer_with(frames, len);
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	r = connect_mount(dir, "Explain", NULL, ret, f);
	close(dir);
	waitpid(pid, &status, 0);
	folder_close();
	return r;
}

static void test_what_a_mount_says_is_escaped(void)
{
	static const char frames[] =
		"{\"continues\":true,\"parameters\":{\"media\":[{"
		"\"name\":\"a\\u001b[31m\\n\",\"why\":\"b\\\\x1b\"}]}}\0"
		"{\"parameters\":{\"media\":[{\"outcomes\":[{"
		"\"overtook\":[\"c\\u009b\\u202e\"],\"\\u001bkey\":1,"
		"\"score\":7}]}]}}";
	struct json_object *answer = NULL, *media, *medium;
	struct failure f = { 0 };
	const char *text;

	CU_ASSERT_EQUAL(ask(frames, sizeof(frames), &answer, &f), 0);
	media = varlink_array(answer, "media");
	CU_ASSERT_EQUAL_FATAL(varlink_count(media), 2);
	medium = json_object_array_get_idx(media, 0);
	CU_ASSERT_STRING_EQUAL(varlink_string(medium, "name"),
			       "a\\x1b[31m\\x0a");
	CU_ASSERT_STRING_EQUAL(varlink_string(medium, "why"), "b\\x1b");
	text = json_object_to_json_string_ext(
		json_object_array_get_idx(media, 1), JSON_C_TO_STRING_PLAIN);
	CU_ASSERT_STRING_EQUAL(text, "{\"outcomes\":[{\"overtook\":["
			       "\"c\\\\xc2\\\\x9b\\\\xe2\\\\x80\\\\xae\"],"
			       "\"score\":7}]}");
	json_object_put(answer);
}

static void test_so_is_its_failure(void)
{
	static const char frame[] = "{\"error\":\"x.Y\",\"parameters\":{"
		"\"text\":\"a\\u001b\",\"hint\":\"b\\u0007\",\"code\":5}}";
	struct json_object *answer = NULL;
	struct failure f = { 0 };

	CU_ASSERT_TRUE(ask(frame, sizeof(frame), &answer, &f) < 0);
	CU_ASSERT_EQUAL(f.code, EXIT_BUSY);
	CU_ASSERT_STRING_EQUAL(f.text, "a\\x1b");
	CU_ASSERT_STRING_EQUAL(f.hint, "b\\x07");
	json_object_put(answer);
}

static void test_the_errors_of_varlink_have_words(void)
{
	static const struct {
		const char *error;
		enum exit_code code;
		const char *hint;
	} errors[] = {
		{ "org.varlink.service.PermissionDenied", EXIT_DENIED,
		  "filterd.conf" },
		{ "org.varlink.service.InvalidParameter", EXIT_USAGE, "" },
		{ "org.varlink.service.MethodNotFound", EXIT_UNSUPPORTED,
		  "version" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct json_object *answer = NULL;
		struct failure f = { 0 };
		char frame[128];
		int n = snprintf(frame, sizeof(frame), "{\"error\":\"%s\"}",
				 errors[i].error);

		CU_ASSERT_TRUE(ask(frame, (size_t)n + 1, &answer, &f) < 0);
		CU_ASSERT_EQUAL(f.code, errors[i].code);
		CU_ASSERT_PTR_NULL(strstr(f.text, "org.varlink"));
		CU_ASSERT_PTR_NOT_NULL(strstr(f.hint, errors[i].hint));
		json_object_put(answer);
	}
}

CHECK_SUITE("connect",
	    CHECK(test_what_a_mount_says_is_escaped),
	    CHECK(test_so_is_its_failure),
	    CHECK(test_the_errors_of_varlink_have_words))
