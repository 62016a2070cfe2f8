/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ask.c - key files, descriptors, and a terminal of our own (a pty)
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "ask.h"
#include "cleanup.h"
#include "util.h"

#include "check.h"

static char path[] = "/tmp/filterd-ask-XXXXXX";

static void write_key(const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static bool secret_is(const struct filter_secret *secret, const char *text)
{
	return secret->len == strlen(text) &&
	       memcmp(secret->data, text, secret->len) == 0;
}

static int ask(const struct ask *how, unsigned attempt,
	       struct filter_secret *ret, struct failure *f)
{
	*f = (struct failure){ 0 };
	*ret = (struct filter_secret){ 0 };
	return ask_secret(how, FILTER_PASSPHRASE, "Passphrase for vault",
			  attempt, ret, f);
}

static void test_key_file_is_taken_whole(void)
{
	struct ask how = { .key_file = path, .fd = -1 };
	struct filter_secret secret;
	struct failure f;

	write_key("line\nand more\n", 14);
	CU_ASSERT_EQUAL_FATAL(ask(&how, 0, &secret, &f), 0);
	CU_ASSERT_TRUE(secret_is(&secret, "line\nand more\n"));
	ask_secret_free(&secret);
	CU_ASSERT_PTR_NULL(secret.data);
	CU_ASSERT_EQUAL(secret.len, 0);
}

static void test_key_file_has_offset_and_size(void)
{
	struct ask how = { .key_file = path, .fd = -1, .key_offset = 2,
			   .key_size = 3 };
	struct filter_secret secret;
	struct failure f;

	write_key("0123456789", 10);
	CU_ASSERT_EQUAL_FATAL(ask(&how, 0, &secret, &f), 0);
	CU_ASSERT_TRUE(secret_is(&secret, "234"));
	ask_secret_free(&secret);

	how.key_size = 9;
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EINVAL);
	CU_ASSERT_EQUAL(f.code, EXIT_KEY);
	how.key_size = 0;
	how.key_offset = 11;
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EINVAL);
	how.key_size = ASK_MAX_SECRET + 1u;
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EFBIG);
}

static void test_key_file_has_bounds(void)
{
	struct ask how = { .key_file = path, .fd = -1 };
	struct filter_secret secret;
	struct failure f;

	write_key("", 0);
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(truncate(path, ASK_MAX_SECRET), 0);
	CU_ASSERT_EQUAL_FATAL(ask(&how, 0, &secret, &f), 0);
	CU_ASSERT_EQUAL(secret.len, ASK_MAX_SECRET);
	ask_secret_free(&secret);
	CU_ASSERT_EQUAL_FATAL(truncate(path, ASK_MAX_SECRET + 1), 0);
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EFBIG);
	how.key_file = "/nonexistent/key";
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "/nonexistent/key"));
}

static void test_same_answer_is_not_given_twice(void)
{
	struct ask how = { .key_file = path, .fd = -1 };
	struct filter_secret secret;
	struct failure f;

	write_key("key", 3);
	CU_ASSERT_EQUAL(ask(&how, 1, &secret, &f), -ENOKEY);
	how = (struct ask){ .fd = STDIN_FILENO };
	CU_ASSERT_EQUAL(ask(&how, 1, &secret, &f), -ENOKEY);
}

/* What a key file that others may read makes us say. */
static void test_open_key_file_is_warned_of(void)
{
	struct ask how = { .key_file = path, .fd = -1 };
	int old = dup(STDERR_FILENO), told[2];
	struct filter_secret secret;
	struct failure f;
	char text[512];
	ssize_t n;

	write_key("key", 3);
	CU_ASSERT_EQUAL_FATAL(chmod(path, 0644), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	dup2(told[1], STDERR_FILENO);
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), 0);
	dup2(old, STDERR_FILENO);
	close(old);
	close(told[1]);
	n = read(told[0], text, sizeof(text) - 1);
	close(told[0]);
	CU_ASSERT_TRUE_FATAL(n > 0);
	text[n] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(text, path));
	ask_secret_free(&secret);
	CU_ASSERT_EQUAL(chmod(path, 0600), 0);
}

static void test_stdin_is_read_to_its_end(void)
{
	struct ask how = { .key_file = "-", .fd = -1, .key_offset = 2 };
	int old = dup(STDIN_FILENO), in[2];
	struct filter_secret secret;
	struct failure f;

	CU_ASSERT_EQUAL_FATAL(pipe(in), 0);
	CU_ASSERT_EQUAL(write(in[1], "--two\nlines\n", 12), 12);
	close(in[1]);
	dup2(in[0], STDIN_FILENO);
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), 0);
	dup2(old, STDIN_FILENO);
	close(old);
	close(in[0]);
	CU_ASSERT_TRUE(secret_is(&secret, "two\nlines\n"));
	ask_secret_free(&secret);
}

/* A file that was opened elsewhere: each volume is tried with the same key. */
static void test_key_descriptor_is_read_from_its_beginning(void)
{
	struct ask how = { .fd_is = ASK_KEY, .key_name = "anna's",
			   .key_offset = 1, .key_size = 3 };
	struct filter_secret secret;
	struct failure f;

	write_key("0123456789", 10);
	how.fd = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(ask(&how, 0, &secret, &f), 0);
		CU_ASSERT_TRUE(secret_is(&secret, "123"));
		ask_secret_free(&secret);
	}
	CU_ASSERT_EQUAL(ask(&how, 1, &secret, &f), -ENOKEY);
	how.key_size = 99;
	CU_ASSERT_EQUAL(ask(&how, 0, &secret, &f), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "anna's"));
	close(how.fd);
}

static void test_descriptor_gives_one_line(void)
{
	struct filter_secret secret;
	struct failure f;
	char rest[8] = "";
	int in[2];

	CU_ASSERT_EQUAL_FATAL(pipe(in), 0);
	CU_ASSERT_EQUAL(write(in[1], "sesame\nrest", 11), 11);
	close(in[1]);
	CU_ASSERT_EQUAL_FATAL(ask(&(struct ask){ .fd = in[0] }, 0, &secret,
				  &f), 0);
	CU_ASSERT_TRUE(secret_is(&secret, "sesame"));
	ask_secret_free(&secret);
	CU_ASSERT_EQUAL(read(in[0], rest, sizeof(rest)), 4);
	CU_ASSERT_STRING_EQUAL(rest, "rest");
	CU_ASSERT_EQUAL(ask(&(struct ask){ .fd = in[0] }, 0, &secret, &f),
			-ENOKEY);
	close(in[0]);
	CU_ASSERT_EQUAL(ask(&(struct ask){ .fd = in[0] }, 0, &secret, &f),
			-EBADF);
}

static void test_waiting_ends_when_cancelled(void)
{
	volatile int cancelled = 1;
	struct filter_secret secret;
	struct failure f;
	int in[2];

	CU_ASSERT_EQUAL_FATAL(pipe(in), 0);
	CU_ASSERT_EQUAL(ask(&(struct ask){ .fd = in[0],
					   .cancelled = &cancelled },
			    0, &secret, &f), -ECANCELED);
	close(in[0]);
	close(in[1]);
}

/* A child on a terminal of its own answers with what ask_secret() returned. */
struct person {
	pid_t child;
	int tty;
	char heard[2048];
	size_t len;
};

enum { GOT_SECRET = 0, GOT_WRONG = 99 };

static void child_asks(int kind, unsigned attempt, volatile int *cancelled)
{
	struct ask how = { .fd = -1, .cancelled = cancelled };
	struct filter_secret secret = { 0 };
	struct failure f = { 0 };
	struct termios t;
	int r;

	signal(SIGINT, SIG_IGN);
	r = ask_secret(&how, kind, "Passphrase for vault\x1b", attempt,
		       &secret, &f);
	if (tcgetattr(STDIN_FILENO, &t) < 0 ||
	    (t.c_lflag & (ECHO | ISIG)) != (ECHO | ISIG))
		_exit(GOT_WRONG);
	if (r == 0 && !secret_is(&secret, "sesame"))
		_exit(GOT_WRONG);
	ask_secret_free(&secret);
	_exit(-r);
}

static void start(struct person *person, int kind, unsigned attempt,
		  bool cancel)
{
	static volatile int cancelled;

	cancelled = cancel;
	*person = (struct person){ 0 };
	person->child = forkpty(&person->tty, NULL, NULL, NULL);
	CU_ASSERT_TRUE_FATAL(person->child >= 0);
	if (person->child == 0)
		child_asks(kind, attempt, &cancelled);
}

/* Listens until @text was heard, five seconds at most. */
static bool hears(struct person *person, const char *text)
{
	struct pollfd p = { .fd = person->tty, .events = POLLIN };
	char *end;

	while (!(end = strstr(person->heard, text))) {
		size_t room = sizeof(person->heard) - 1 - person->len;
		ssize_t n;

		if (poll(&p, 1, 60000) <= 0)
			return false;
		n = read(person->tty, person->heard + person->len, room);
		if (n <= 0)
			return false;
		person->len += (size_t)n;
	}
	end += strlen(text);
	person->len -= (size_t)(end - person->heard);
	memmove(person->heard, end, person->len + 1);
	memset(person->heard + person->len, 0,
	       sizeof(person->heard) - person->len);
	return true;
}

static void types(struct person *person, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	CU_ASSERT_EQUAL(write(person->tty, text, (size_t)len), len);
}

static int ends(struct person *person)
{
	int status = -1;

	CU_ASSERT_EQUAL(waitpid(person->child, &status, 0), person->child);
	close(person->tty);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_terminal_shows_nothing(void)
{
	struct person person;

	start(&person, FILTER_PASSPHRASE, 0, false);
	CU_ASSERT_TRUE(hears(&person, "Passphrase for vault\\x1b: "));
	types(&person, "sesame\n");
	CU_ASSERT_TRUE(hears(&person, "\n"));
	CU_ASSERT_PTR_NULL(strstr(person.heard, "sesame"));
	CU_ASSERT_EQUAL(ends(&person), GOT_SECRET);
}

static void test_terminal_has_three_tries(void)
{
	struct person person;

	start(&person, FILTER_PASSPHRASE, 2, false);
	CU_ASSERT_TRUE(hears(&person, "does not open"));
	CU_ASSERT_TRUE(hears(&person, ": "));
	types(&person, "sesame\n");
	CU_ASSERT_EQUAL(ends(&person), GOT_SECRET);

	start(&person, FILTER_PASSPHRASE, 3, false);
	CU_ASSERT_EQUAL(ends(&person), ENOKEY);
}

static void test_interrupt_and_end_leave_the_terminal_whole(void)
{
	struct person person;

	start(&person, FILTER_PASSPHRASE, 0, false);
	CU_ASSERT_TRUE(hears(&person, ": "));
	types(&person, "half\x03");
	CU_ASSERT_EQUAL(ends(&person), ECANCELED);

	start(&person, FILTER_PASSPHRASE, 0, false);
	CU_ASSERT_TRUE(hears(&person, ": "));
	types(&person, "\x04");
	CU_ASSERT_EQUAL(ends(&person), ENOKEY);

	start(&person, FILTER_PASSPHRASE, 0, true);
	CU_ASSERT_EQUAL(ends(&person), ECANCELED);
}

static void test_new_passphrase_is_typed_twice(void)
{
	struct person person;

	start(&person, FILTER_NEW_PASSPHRASE, 0, false);
	CU_ASSERT_TRUE(hears(&person, ": "));
	types(&person, "sesame\n");
	CU_ASSERT_TRUE(hears(&person, "once more: "));
	types(&person, "simsim\n");
	CU_ASSERT_TRUE(hears(&person, "differ"));
	CU_ASSERT_TRUE(hears(&person, ": "));
	types(&person, "sesame\n");
	CU_ASSERT_TRUE(hears(&person, "once more: "));
	types(&person, "sesame\n");
	CU_ASSERT_EQUAL(ends(&person), GOT_SECRET);
}

static void test_without_terminal_nobody_is_asked(void)
{
	struct filter_secret secret;
	struct failure f;
	int status = -1;
	pid_t child = fork();

	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (child == 0) {
		int r;

		setsid();
		r = ask(&(struct ask){ .fd = -1 }, 0, &secret, &f);
		_exit(r == -ENOKEY && strstr(f.hint, "--key-file") ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
}

static int make_file(void)
{
	int fd = mkstemp(path);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int remove_file(void)
{
	return unlink(path);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_key_file_is_taken_whole),
		CHECK(test_key_file_has_offset_and_size),
		CHECK(test_key_file_has_bounds),
		CHECK(test_same_answer_is_not_given_twice),
		CHECK(test_open_key_file_is_warned_of),
		CHECK(test_stdin_is_read_to_its_end),
		CHECK(test_key_descriptor_is_read_from_its_beginning),
		CHECK(test_descriptor_gives_one_line),
		CHECK(test_waiting_ends_when_cancelled),
		CHECK(test_terminal_shows_nothing),
		CHECK(test_terminal_has_three_tries),
		CHECK(test_interrupt_and_end_leave_the_terminal_whole),
		CHECK(test_new_passphrase_is_typed_twice),
		CHECK(test_without_terminal_nobody_is_asked),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "ask", make_file, remove_file, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
