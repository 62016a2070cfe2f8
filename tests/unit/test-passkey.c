/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-passkey.c - keys that come with a call
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filterd/filter.h>

#include "check.h"
#include "folder.h"
#include "passkey.h"
#include "util.h"

#define MOST 3

static struct failure failure;

/* What becomes of the call with @text as its parameters. */
static int take(const char *text, const int *fds, struct ask *ask)
{
	static struct json_object *parameters;
	int r;

	json_object_put(parameters);
	parameters = json_tokener_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(parameters);
	failure = (struct failure){ 0 };
	*ask = (struct ask){ .fd = -1 };
	r = passkey_take(parameters, fds, MOST, ask, &failure);
	CU_ASSERT_EQUAL(r < 0, failure.code != EXIT_OK);
	return r;
}

static bool gives(const struct ask *ask, const char *text)
{
	struct filter_secret secret = { 0 };
	bool same;

	if (ask_secret(ask, FILTER_PASSPHRASE, "Key", 0, &secret,
		       &failure) < 0)
		return false;
	same = secret.len == strlen(text) &&
	       memcmp(secret.data, text, secret.len) == 0;
	ask_secret_free(&secret);
	return same;
}

static void test_each_kind_is_taken_for_what_it_is(void)
{
	int fds[MOST] = { -1, -1, -1 };
	const char *path;
	struct ask ask;

	folder_open();
	path = folder_write("key", "0123\n567");
	fds[1] = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(take("{\"key_fd\": 1, \"key_offset\": 2, "
				   "\"key_size\": 4, \"key_name\": \"k\"}",
				   fds, &ask), 0);
	CU_ASSERT_TRUE(gives(&ask, "23\n5"));
	CU_ASSERT_STRING_EQUAL(ask.key_name, "k");
	passkey_close(&ask);
	CU_ASSERT_EQUAL(ask.fd, -1);
	CU_ASSERT_EQUAL(lseek(fds[1], 0, SEEK_SET), 0);
	CU_ASSERT_EQUAL_FATAL(take("{\"passphrase_fd\": 1}", fds, &ask), 0);
	CU_ASSERT_TRUE(gives(&ask, "0123"));
	passkey_close(&ask);
	/* Without any it is whatever it was. */
	CU_ASSERT_EQUAL_FATAL(take("{\"agent\": null}", fds, &ask), 0);
	CU_ASSERT_EQUAL(ask.fd, -1);
	passkey_close(&ask);
	close(fds[1]);
	folder_close();
}

static void test_what_cannot_be_read_is_refused(void)
{
	int fds[MOST], pair[2];
	const char *path;
	struct ask ask;

	folder_open();
	path = folder_write("key", "0123");
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0, pair), 0);
	fds[0] = open(path, O_WRONLY | O_CLOEXEC);
	fds[1] = open(path, O_PATH | O_CLOEXEC);
	fds[2] = pair[0];
	CU_ASSERT_EQUAL(take("{\"key_fd\": 0}", fds, &ask), -EBADF);
	passkey_close(&ask);
	CU_ASSERT_EQUAL(take("{\"key_fd\": 1}", fds, &ask), -EBADF);
	passkey_close(&ask);
	CU_ASSERT_EQUAL(take("{\"passphrase_fd\": 1}", fds, &ask), -EBADF);
	passkey_close(&ask);
	CU_ASSERT_EQUAL(take("{\"agent\": 2}", fds, &ask), -EPROTOTYPE);
	passkey_close(&ask);
	for (size_t i = 0; i < MOST; i++)
		close(fds[i]);
	close(pair[1]);
	folder_close();
}

static void test_what_is_no_descriptor_is_refused(void)
{
	static const char *const wrong[] = {
		"{\"key_fd\": 3}", "{\"key_fd\": -1}", "{\"key_fd\": \"0\"}",
		"{\"key_fd\": 1}", "{\"agent\": 1.5}",
		"{\"passphrase_fd\": 18446744073709551615}",
	};
	int fds[MOST] = { STDIN_FILENO, -1, STDIN_FILENO };
	struct ask ask;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CU_ASSERT_EQUAL(take(wrong[i], fds, &ask), -EINVAL);
		CU_ASSERT_EQUAL(ask.fd, -1);
		passkey_close(&ask);
	}
	CU_ASSERT_EQUAL(take("{\"key_fd\": 0, \"passphrase_fd\": 2}", fds,
			     &ask), -EINVAL);
	passkey_close(&ask);
}

CHECK_SUITE("passkey",
	    CHECK(test_each_kind_is_taken_for_what_it_is),
	    CHECK(test_what_cannot_be_read_is_refused),
	    CHECK(test_what_is_no_descriptor_is_refused))
