/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-umount.c - root asks a mount that is another user's, and evil
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "check.h"
#include "failure.h"
#include "folder.h"
#include "umount.h"

/* The exit code; @said gets what it writes to standard error. */
static int umount_with(const char *frame, char said[1024])
{
	char *argv[] = { "umount", folder, NULL };
	int old = dup(STDERR_FILENO), status, code;
	int file = open(folder_path("said"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t pid = answer_with(frame, strlen(frame) + 1);
	ssize_t n;

	fflush(stderr);
	dup2(file, STDERR_FILENO);
	code = umount_verb(2, argv);
	fflush(stderr);
	dup2(old, STDERR_FILENO);
	n = pread(file, said, 1023, 0);
	said[n < 0 ? 0 : n] = '\0';
	close(old);
	close(file);
	waitpid(pid, &status, 0);
	return code;
}

static void test_what_another_process_says_is_escaped(void)
{
	char said[1024];

	folder_open();
	CU_ASSERT_EQUAL(umount_with("{\"error\":\"x.Y\",\"parameters\":{"
		"\"text\":\"a\\u001b[31m\\u202e\\nb\","
		"\"hint\":\"c\\u0007\\\\x0a\",\"code\":5}}", said), EXIT_BUSY);
	CU_ASSERT_PTR_NULL(strpbrk(said, "\x1b\x07"));
	CU_ASSERT_PTR_NULL(strstr(said, "\xe2\x80\xae"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "a\\x1b[31m\\xe2\\x80\\xae\\x0ab"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "c\\x07\\x0a"));
	folder_close();

	folder_open();
	CU_ASSERT_EQUAL(umount_with("{\"error\":\"x.\\u001b\"}", said),
			EXIT_FAILED);
	CU_ASSERT_PTR_NULL(strchr(said, '\x1b'));
	folder_close();
}

/* Its exit code is cut to 8 bits: 256 would say that all went well. */
static void test_a_failure_never_looks_like_success(void)
{
	static const char *const codes[] = { "0", "256", "4294967296", "-1" };
	char frame[128], said[1024];

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		folder_open();
		snprintf(frame, sizeof(frame), "{\"error\":\"x.Y\","
			 "\"parameters\":{\"text\":\"no\",\"code\":%s}}",
			 codes[i]);
		CU_ASSERT_EQUAL(umount_with(frame, said), EXIT_FAILED);
		folder_close();
	}
}

CHECK_SUITE("umount",
	    CHECK(test_what_another_process_says_is_escaped),
	    CHECK(test_a_failure_never_looks_like_success))
