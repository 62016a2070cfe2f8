/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ini.c - what is told of a file, key by key and fault by fault
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "ini.h"

/* What was told, a line each. */
static char told[8192];

__attribute__((format(printf, 1, 2)))
static void tell(const char *fmt, ...)
{
	size_t len = strlen(told);
	va_list args;

	va_start(args, fmt);
	vsnprintf(told + len, sizeof(told) - len, fmt, args);
	va_end(args);
}

static int on_key(void *arg, const struct ini_place *at, const char *section,
		  const char *key, const char *value)
{
	(void)arg;
	tell("%u:%u [%s] %s=%.40s|\n", at->line, at->column, section, key,
	     value);
	return strcmp(key, "Stop") == 0 ? 5 : 0;
}

static void on_error(void *arg, const struct ini_place *at,
		     const char *message)
{
	CU_ASSERT_STRING_EQUAL(at->file, "a.conf");
	CU_ASSERT_PTR_EQUAL(arg, told);
	tell("%u:%u %s\n", at->line, at->column, message);
}

static int parse(const char *text, size_t len)
{
	/* So that a read past the end shows. */
	_cleanup_free_ char *copy = malloc(len ? len : 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, text, len);
	told[0] = '\0';
	return ini_parse(copy, len, "a.conf", on_key, on_error, told);
}

static void expect_len(const char *text, size_t len, int result,
		       const char *want)
{
	int r = parse(text, len);

	if (r != result || strcmp(told, want) != 0)
		printf("# %d, not %d\n# got:\n%s# not:\n%s", r, result, told,
		       want);
	CU_ASSERT_EQUAL(r, result);
	CU_ASSERT_STRING_EQUAL(told, want);
}

static void expect(const char *text, int result, const char *want)
{
	expect_len(text, strlen(text), result, want);
}

static void test_keys_come_in_order(void)
{
	expect("[A]\nk=1\nk=2\n[B]\nk=3\n[A]\nk=1", 0,
	       "2:3 [A] k=1|\n3:3 [A] k=2|\n5:3 [B] k=3|\n7:3 [A] k=1|\n");
	expect("", 0, "");
	expect("\n\n", 0, "");
	expect("[A]", 0, "");
}

static void test_white_space_is_dropped(void)
{
	expect("  [A] \n\t key name \t=  a  b\t \r\nempty=\nempty2 =  \n", 0,
	       "2:16 [A] key name=a  b|\n3:7 [A] empty=|\n"
	       "4:9 [A] empty2=|\n");
	expect("[ A b ]\nk=v\n", 0, "2:3 [ A b ] k=v|\n");
}

static void test_values_may_hold_anything(void)
{
	expect("[A]\nk=a=b # c ; d\nq=\"x\"\np=C:\\dir\\file\n", 0,
	       "2:3 [A] k=a=b # c ; d|\n3:3 [A] q=\"x\"|\n"
	       "4:3 [A] p=C:\\dir\\file|\n");
}

static void test_comments_begin_lines(void)
{
	expect("#[A]\n;x\n  # y\n[A]\n#k=1 \\\nk=2\n", 0, "6:3 [A] k=2|\n");
}

static void test_lines_are_joined(void)
{
	expect("[A]\nk=a\\\n  b\\\nc\nl=d\n", 0,
	       "2:3 [A] k=a   b c|\n5:3 [A] l=d|\n");
	expect("[A]\nk=a\\\n# no\n ; no\nb\n", 0, "2:3 [A] k=a b|\n");
	expect("[A]\nk=a\\\n\nl=b\n", 0, "2:3 [A] k=a|\n4:3 [A] l=b|\n");
	expect("[A]\nk=a\\\r\nb\n", 0, "2:3 [A] k=a b|\n");
	expect("[A]\nk=a\\\\\nl=b\\", 0, "2:3 [A] k=a\\\\|\n3:3 [A] l=b|\n");
	expect("[A]\nk=\\\nv\n", 0, "2:4 [A] k=v|\n");
}

static void test_columns_count_characters(void)
{
	expect("[A]\n\xc3\xa4\xe2\x82\xac = \xf0\x9f\x92\xbe\n\xc3\xa4=\xff\n",
	       -EBADMSG,
	       "2:6 [A] \xc3\xa4\xe2\x82\xac=\xf0\x9f\x92\xbe|\n"
	       "3:3 invalid UTF-8\n");
	expect("\xef\xbb\xbf[A]\nk=v\n", 0, "2:3 [A] k=v|\n");
}

static void test_faults_are_told_and_passed_over(void)
{
	expect("k=1\n[A]\nword\n  =2\nk=3\n", -EBADMSG,
	       "1:1 a key before the first [Section]\n"
	       "3:1 neither [Section] nor Key=value\n"
	       "4:3 a '=' without a key before it\n"
	       "5:3 [A] k=3|\n");
}

static void test_keys_of_a_broken_section_are_passed_over(void)
{
	expect("[A]\n[B\nk=1\n[C] x\nk=2\n[]\nk=3\n[D]\nk=4\n", -EBADMSG,
	       "2:1 a section without its ']'\n"
	       "4:4 text behind the section's ']'\n"
	       "6:1 a section without a name\n"
	       "9:3 [D] k=4|\n");
}

static void test_bytes_that_are_no_text_are_told(void)
{
	static const char text[] = "[A]\nk=\0v\nl=a\\\nb\xc3(\nm=1\n";

	expect_len(text, sizeof(text) - 1, -EBADMSG,
		   "2:3 a NUL byte\n4:2 invalid UTF-8\n5:3 [A] m=1|\n");
	expect("[A]\nk=\xed\xa0\x80\n", -EBADMSG, "2:3 invalid UTF-8\n");
	expect_len("[A]\nk=\xe2\x82", 8, -EBADMSG, "2:3 invalid UTF-8\n");
}

static void test_the_callee_may_stop(void)
{
	expect("[A]\nx\nStop=1\nk=2\n", 5,
	       "2:1 neither [Section] nor Key=value\n3:6 [A] Stop=1|\n");
}

static char *make_long(size_t len, const char *end)
{
	char *text = malloc(len + strlen(end) + 8);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	strcpy(text, "[A]\nk=");
	memset(text + 6, 'x', len - 2);
	strcpy(text + 6 + len - 2, end);
	return text;
}

static void test_long_lines_are_refused(void)
{
	_cleanup_free_ char *most = make_long(INI_MAX_LINE, "\nl=1\n");
	_cleanup_free_ char *more = make_long(INI_MAX_LINE + 1, "\nl=1\n");
	_cleanup_free_ char *joined = make_long(INI_MAX_LINE - 4,
						"\\\nx\\\nyz\\\n\nl=1\n");

	CU_ASSERT_EQUAL(parse(most, strlen(most)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "3:3 [A] l=1|"));
	expect(more, -EBADMSG,
	       "2:1 a line of more than 64 KiB\n3:3 [A] l=1|\n");
	expect(joined, -EBADMSG,
	       "2:1 a line of more than 64 KiB\n6:3 [A] l=1|\n");
}

static void test_long_files_are_refused(void)
{
	_cleanup_free_ char *text = malloc(INI_MAX_FILE + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, '\n', INI_MAX_FILE + 1);
	expect_len(text, INI_MAX_FILE, 0, "");
	expect_len(text, INI_MAX_FILE + 1, -EBADMSG,
		   "1:1 a file of more than 1 MiB\n");
}

static int read_file(const void *data, size_t len)
{
	char path[] = "/tmp/test-ini.XXXXXX";
	_cleanup_fd_ int fd = mkostemp(path, O_CLOEXEC);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(write(fd, data, len), (ssize_t)len);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	told[0] = '\0';
	return ini_read(fd, "a.conf", on_key, on_error, told);
}

static void test_files_are_read(void)
{
	_cleanup_free_ char *text = calloc(1, 2 * INI_MAX_FILE);
	_cleanup_fd_ int dir = open("/tmp", O_RDONLY | O_CLOEXEC);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_EQUAL(read_file("[A]\nk=v\n", 8), 0);
	CU_ASSERT_STRING_EQUAL(told, "2:3 [A] k=v|\n");
	CU_ASSERT_EQUAL(read_file("", 0), 0);
	CU_ASSERT_EQUAL(read_file(text, 2 * INI_MAX_FILE), -EBADMSG);
	CU_ASSERT_STRING_EQUAL(told, "1:1 a file of more than 1 MiB\n");
	CU_ASSERT_EQUAL(ini_read(dir, "a.conf", on_key, on_error, told),
			-EISDIR);
	CU_ASSERT_EQUAL(ini_read(-1, "a.conf", on_key, on_error, told),
			-EBADF);
}

CHECK_SUITE("ini",
	    CHECK(test_keys_come_in_order),
	    CHECK(test_white_space_is_dropped),
	    CHECK(test_values_may_hold_anything),
	    CHECK(test_comments_begin_lines),
	    CHECK(test_lines_are_joined),
	    CHECK(test_columns_count_characters),
	    CHECK(test_faults_are_told_and_passed_over),
	    CHECK(test_keys_of_a_broken_section_are_passed_over),
	    CHECK(test_bytes_that_are_no_text_are_told),
	    CHECK(test_the_callee_may_stop),
	    CHECK(test_long_lines_are_refused),
	    CHECK(test_long_files_are_refused),
	    CHECK(test_files_are_read))
