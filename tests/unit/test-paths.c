/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-paths.c - where the installed parts are
 *
 * A program learns its root from the file it runs from, so the test copies
 * itself to where it is to run, and has the copy print its paths.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "paths.h"
#include "util.h"

#define PRINT "--print"

static char top[64];

static int print_paths(void)
{
	if (paths_init() < 0)
		return EXIT_FAILURE;
	printf("helper=%s\nmodules=%s\nruntime=%s\n", paths_helper(),
	       paths_modules(), paths_runtime());
	for (const char *const *dir = paths_personalities(); *dir; dir++)
		printf("personalities=%s\n", *dir);
	for (const char *const *dir = paths_configuration(); *dir; dir++)
		printf("configuration=%s\n", *dir);
	return EXIT_SUCCESS;
}

static void make_dirs(const char *path)
{
	char part[512];

	for (const char *p = path + 1; (p = strchr(p, '/')); p++) {
		snprintf(part, sizeof(part), "%.*s", (int)(p - path), path);
		(void)mkdir(part, 0755);
	}
}

static void copy_self(const char *path)
{
	_cleanup_fd_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int to = -1;
	struct stat st;

	make_dirs(path);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	CU_ASSERT_TRUE_FATAL(from >= 0 && to >= 0);
	CU_ASSERT_EQUAL_FATAL(fstat(from, &st), 0);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		CU_ASSERT_TRUE_FATAL(n > 0);
		left -= n;
	}
}

/* What the copy at @root@place prints. */
static void run_at(const char *place, char *out, size_t size)
{
	_cleanup_file_ FILE *file = NULL;
	char command[1024];
	size_t len;

	snprintf(command, sizeof(command), "%s%s", top, place);
	copy_self(command);
	snprintf(command, sizeof(command), "exec %s%s " PRINT, top, place);
	file = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	len = fread(out, 1, size - 1, file);
	out[len] = '\0';
	CU_ASSERT_EQUAL(pclose(take_ptr(&file)), 0);
}

static bool has_line(const char *out, const char *key, const char *root,
		     const char *value)
{
	char line[1024];
	const char *at;

	snprintf(line, sizeof(line), "%s=%s%s\n", key, root, value);
	at = strstr(out, line);
	return at && (at == out || at[-1] == '\n');
}

static void check_root(const char *out, const char *root)
{
	CU_ASSERT_TRUE(has_line(out, "helper", root, HELPERDIR "/helper"));
	CU_ASSERT_TRUE(has_line(out, "modules", root, FILTERDIR));
	CU_ASSERT_TRUE(has_line(out, "personalities", root,
				SYSCONFDIR "/filterd/personalities.d"));
	CU_ASSERT_TRUE(has_line(out, "personalities", root,
				CONFIGDIR "/personalities.d"));
	CU_ASSERT_TRUE(has_line(out, "configuration", root,
				SYSCONFDIR "/filterd"));
	CU_ASSERT_TRUE(has_line(out, "configuration", root, CONFIGDIR));
}

static void test_what_is_below_another_root_stays_there(void)
{
	char out[4096];

	run_at(BINDIR "/filterd", out, sizeof(out));
	check_root(out, top);
	run_at(HELPERDIR "/helper", out, sizeof(out));
	check_root(out, top);
}

static void test_a_program_elsewhere_uses_what_is_installed(void)
{
	char out[4096];

	run_at("/build/filterd", out, sizeof(out));
	check_root(out, "");
	run_at("/not" BINDIR "x/filterd", out, sizeof(out));
	check_root(out, "");
}

static void test_directories_come_once_and_in_order(void)
{
	char out[4096];
	char *etc, *run, *lib;

	run_at(BINDIR "/filterd", out, sizeof(out));
	etc = strstr(out, SYSCONFDIR "/filterd/personalities.d\n");
	run = strstr(out, RUNSTATEDIR "/filterd/personalities.d\n");
	lib = strstr(out, "/lib/filterd/personalities.d\n");
	CU_ASSERT_TRUE_FATAL(etc && run && lib);
	CU_ASSERT_TRUE(etc < run && run < lib);
	lib = strstr(out, CONFIGDIR "/personalities.d\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(lib);
	CU_ASSERT_PTR_NULL(strstr(lib + 1, CONFIGDIR "/personalities.d\n"));
}

static void test_the_runtime_directory_is_the_users(void)
{
	char out[4096], fallback[64];

	snprintf(fallback, sizeof(fallback), "/tmp/filterd-%u",
		 (unsigned)geteuid());
	setenv("XDG_RUNTIME_DIR", top, 1);
	run_at(BINDIR "/filterd", out, sizeof(out));
	if (geteuid() == 0) {
		CU_ASSERT_TRUE(has_line(out, "runtime", "", "/run/filterd"));
		return;
	}
	CU_ASSERT_TRUE(has_line(out, "runtime", top, "/filterd"));
	setenv("XDG_RUNTIME_DIR", "tmp", 1);
	run_at(BINDIR "/filterd", out, sizeof(out));
	CU_ASSERT_TRUE(has_line(out, "runtime", "", fallback));
	setenv("XDG_RUNTIME_DIR", "/", 1);	/* root's */
	run_at(BINDIR "/filterd", out, sizeof(out));
	CU_ASSERT_TRUE(has_line(out, "runtime", "", fallback));
}

int main(int argc, char **argv)
{
	CU_TestInfo tests[] = {
		CHECK(test_what_is_below_another_root_stays_there),
		CHECK(test_a_program_elsewhere_uses_what_is_installed),
		CHECK(test_directories_come_once_and_in_order),
		CHECK(test_the_runtime_directory_is_the_users),
		CU_TEST_INFO_NULL
	};
	CU_SuiteInfo suites[] = {
		{ "paths", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL
	};
	char command[128];
	int r;

	if (argc > 1 && streq(argv[1], PRINT))
		return print_paths();
	snprintf(top, sizeof(top), "/tmp/test-paths.XXXXXX");
	if (!mkdtemp(top))
		return EXIT_FAILURE;
	r = check_run(suites);
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command) == 0 ? r : EXIT_FAILURE;
}
