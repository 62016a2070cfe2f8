/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-failure.c - what a user is told of a failure, and the log
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "failure.h"
#include "log.h"
#include "util.h"

/* What @write_some writes to standard error. */
static const char *capture(void (*write_some)(int fd))
{
	static char text[8192];
	char path[] = "/tmp/test-failure.XXXXXX";
	_cleanup_fd_ int saved = dup(STDERR_FILENO);
	_cleanup_fd_ int fd = mkostemp(path, O_CLOEXEC);
	ssize_t n;

	CU_ASSERT_TRUE_FATAL(saved >= 0 && fd >= 0);
	unlink(path);
	fflush(stderr);
	CU_ASSERT_TRUE_FATAL(dup2(fd, STDERR_FILENO) >= 0);
	write_some(fd);
	fflush(stderr);
	CU_ASSERT_TRUE_FATAL(dup2(saved, STDERR_FILENO) >= 0);
	n = pread(fd, text, sizeof(text) - 1, 0);
	CU_ASSERT_TRUE_FATAL(n >= 0);
	text[n] = '\0';
	return text;
}

static void test_the_first_to_say_it_says_it(void)
{
	struct failure f = { 0 };

	CU_ASSERT_EQUAL(failure_set(&f, -EBUSY, EXIT_BUSY, "'%s' is in use",
				    "vault"), -EBUSY);
	CU_ASSERT_EQUAL(failure_set(&f, -EIO, EXIT_FAILED, "later"), -EIO);
	CU_ASSERT_EQUAL(failure_errno(&f, -EPERM, "later still"), -EPERM);
	CU_ASSERT_EQUAL(f.code, EXIT_BUSY);
	CU_ASSERT_STRING_EQUAL(f.text, "'vault' is in use");
	failure_hint(&f, "close %s", "it");
	failure_hint(&f, "do something else");
	CU_ASSERT_STRING_EQUAL(f.hint, "close it");
}

static void test_nobody_need_listen(void)
{
	CU_ASSERT_EQUAL(failure_set(NULL, -EIO, EXIT_FAILED, "x"), -EIO);
	CU_ASSERT_EQUAL(failure_errno(NULL, -EIO, "x"), -EIO);
	failure_hint(NULL, "x");
}

static void test_an_errno_is_put_in_words(void)
{
	struct failure f = { 0 };

	CU_ASSERT_EQUAL(failure_errno(&f, -EACCES, "cannot open '%s'", "a"),
			-EACCES);
	CU_ASSERT_EQUAL(f.code, EXIT_DENIED);
	CU_ASSERT_STRING_EQUAL(f.text, "cannot open 'a': Permission denied");
}

static void test_a_long_text_keeps_its_reason(void)
{
	struct failure f = { 0 };
	char name[1024];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)failure_errno(&f, -ENOENT, "%s", name);
	CU_ASSERT_EQUAL(strlen(f.text), sizeof(f.text) - 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text,
				      "x: No such file or directory"));

	f = (struct failure){ 0 };
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 2 == 0 ? '\xc3' : '\xa4';
	(void)failure_set(&f, -EIO, EXIT_FAILED, "%s", name);
	CU_ASSERT_EQUAL(strlen(f.text), sizeof(f.text) - 2);
}

static void test_codes_fit_their_errors(void)
{
	static const struct {
		int error;
		enum exit_code code;
	} codes[] = {
		{ 0, EXIT_OK }, { -EIO, EXIT_FAILED },
		{ -EINVAL, EXIT_FAILED }, { -ENOMEM, EXIT_FAILED },
		{ -ENOENT, EXIT_NOT_FOUND }, { -EBUSY, EXIT_BUSY },
		{ -ENOKEY, EXIT_KEY }, { -EBADMSG, EXIT_CORRUPT },
		{ -EPERM, EXIT_DENIED }, { -EOPNOTSUPP, EXIT_UNSUPPORTED },
		{ -ECANCELED, EXIT_INTERRUPTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		CU_ASSERT_EQUAL(failure_code(codes[i].error), codes[i].code);
}

static void test_each_code_has_its_word(void)
{
	for (int i = EXIT_OK; i <= EXIT_UNSUPPORTED; i++)
		for (int j = EXIT_OK; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(
				failure_word((enum exit_code)i),
				failure_word((enum exit_code)j));
	CU_ASSERT_STRING_EQUAL(failure_word(EXIT_NO_MATCH), "no-match");
	CU_ASSERT_STRING_EQUAL(failure_word(EXIT_KEY), "key");
	CU_ASSERT_STRING_EQUAL(failure_word(EXIT_INTERRUPTED), "interrupted");
	CU_ASSERT_STRING_EQUAL(failure_word((enum exit_code)77), "failed");
}

static void print_some(int fd)
{
	struct failure f = { 0 };

	(void)fd;
	failure_print(&f, "filterd");
	(void)failure_set(&f, -EIO, EXIT_FAILED, "no luck");
	failure_print(&f, "filterd");
	failure_hint(&f, "try again");
	failure_print(&f, "filterctl");
}

static void test_it_is_printed_with_its_hint(void)
{
	CU_ASSERT_STRING_EQUAL(capture(print_some),
			       "filterd: no luck\n"
			       "filterctl: no luck\n  hint: try again\n");
}

static void log_some(int fd)
{
	(void)fd;
	errno = ENOENT;
	log_err("an error: %m");
	CU_ASSERT_EQUAL(errno, ENOENT);
	log_info("%s", "news");
	log_debug("details");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("more details");
	log_set_level(LOG_LEVEL_ERR);
	log_warning("unheard");
	log_set_level(LOG_LEVEL_INFO);
}

static void test_the_log_has_a_name_on_each_line(void)
{
	unsetenv("JOURNAL_STREAM");
	log_open("test");
	CU_ASSERT_STRING_EQUAL(capture(log_some),
			       "test: an error: No such file or directory\n"
			       "test: news\ntest: more details\n");
}

static void log_to_journal(int fd)
{
	char stream[64];
	struct stat st;

	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("test");
	log_err("e");
	log_warning("w");
	log_info("i");
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("test");
	log_info("another stream");
	setenv("JOURNAL_STREAM", "nonsense", 1);
	log_open("test");
	log_info("no stream");
	unsetenv("JOURNAL_STREAM");
}

static void test_the_journal_gets_priorities(void)
{
	CU_ASSERT_STRING_EQUAL(capture(log_to_journal),
			       "<3>e\n<4>w\n<6>i\n"
			       "test: another stream\ntest: no stream\n");
}

static void log_long(int fd)
{
	char text[8000];

	(void)fd;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	log_info("next");
}

static void test_a_long_line_is_cut(void)
{
	const char *text = capture(log_long), *end = strchr(text, '\n');

	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	CU_ASSERT_TRUE(end - text > 1000 && end - text < 4096);
	CU_ASSERT_STRING_EQUAL(end, "\ntest: next\n");
}

/* What the writer and the listener were given, a line each. */
static char given[1024];

static void note(const char *who, const struct log_entry *entry)
{
	size_t len = strlen(given);

	snprintf(given + len, sizeof(given) - len, "%s %s %s|%s|%s|%s|%s\n",
		 who, log_level_word(entry->level), entry->name, entry->text,
		 or_empty(entry->about.source), or_empty(entry->about.medium),
		 or_empty(entry->about.filter));
	CU_ASSERT_STRING_EQUAL(entry->place->file, "test-failure.c");
	CU_ASSERT_STRING_EQUAL(entry->place->function, "log_about_some");
	CU_ASSERT_TRUE(entry->place->line > 0 && entry->place->line < 1000);
}

static bool take_errors(const struct log_entry *entry)
{
	note("writer", entry);
	return entry->level == LOG_LEVEL_ERR;
}

static void listen_in(const struct log_entry *entry)
{
	note("listener", entry);
}

static void log_about_some(int fd)
{
	const struct log_about about = { "sdb", "sdb2.crypt", "crypt" };

	(void)fd;
	errno = ENOENT;
	log_about(&about, LOG_LEVEL_ERR, "lost: %m");
	CU_ASSERT_EQUAL(errno, ENOENT);
	log_warning("late");
	log_debug("unheard");
}

static void test_who_takes_a_line_keeps_it_from_stderr(void)
{
	log_open("test");
	log_set_writer(take_errors);
	log_set_listener(listen_in);
	CU_ASSERT_STRING_EQUAL(capture(log_about_some), "test: late\n");
	log_set_writer(NULL);
	log_set_listener(NULL);
	CU_ASSERT_STRING_EQUAL(given,
		"listener err test|lost: No such file or directory|sdb|"
		"sdb2.crypt|crypt\n"
		"writer err test|lost: No such file or directory|sdb|"
		"sdb2.crypt|crypt\n"
		"listener warning test|late|||\n"
		"writer warning test|late|||\n");
}

static void test_levels_have_words_and_priorities(void)
{
	static const int priorities[] = { 3, 4, 6, 7 };
	enum log_level level = LOG_LEVEL_WARNING;

	for (int i = LOG_LEVEL_ERR; i <= LOG_LEVEL_DEBUG; i++) {
		CU_ASSERT_EQUAL(log_level_parse(
			log_level_word((enum log_level)i), &level), 0);
		CU_ASSERT_EQUAL((int)level, i);
		CU_ASSERT_EQUAL(log_priority(level), priorities[i]);
		log_set_level(level);
		CU_ASSERT_EQUAL((int)log_get_level(), i);
	}
	CU_ASSERT_EQUAL(log_level_parse("Debug", &level), -EINVAL);
	CU_ASSERT_EQUAL(log_level_parse("", &level), -EINVAL);
	CU_ASSERT_EQUAL(level, LOG_LEVEL_DEBUG);
	log_set_level(LOG_LEVEL_INFO);
}

CHECK_SUITE("failure",
	    CHECK(test_the_first_to_say_it_says_it),
	    CHECK(test_nobody_need_listen),
	    CHECK(test_an_errno_is_put_in_words),
	    CHECK(test_a_long_text_keeps_its_reason),
	    CHECK(test_codes_fit_their_errors),
	    CHECK(test_each_code_has_its_word),
	    CHECK(test_it_is_printed_with_its_hint),
	    CHECK(test_the_log_has_a_name_on_each_line),
	    CHECK(test_the_journal_gets_priorities),
	    CHECK(test_a_long_line_is_cut),
	    CHECK(test_who_takes_a_line_keeps_it_from_stderr),
	    CHECK(test_levels_have_words_and_priorities))
