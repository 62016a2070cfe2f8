/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-module.c - which modules are loaded, and which are not
 *
 * Runs in the build's top directory.  Modules are copied into a directory of
 * the test's own, since who can write the build's is not known.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "module.h"

#define BUILT	"tests/unit/.libs/"

static char top[64];
static struct failure failure;

static const char *at(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void copy(const char *from, const char *to)
{
	_cleanup_fd_ int in = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int out = open(at(to), O_WRONLY | O_CREAT | O_EXCL |
				    O_CLOEXEC, 0600);
	struct stat st;

	CU_ASSERT_FATAL(in >= 0 && out >= 0);
	CU_ASSERT_EQUAL_FATAL(fstat(in, &st), 0);
	CU_ASSERT_EQUAL_FATAL(sendfile(out, in, NULL, (size_t)st.st_size),
			      st.st_size);
	CU_ASSERT_EQUAL_FATAL(fchmod(out, 0644), 0);
}

/* top/a, top/b: empty directories for modules. */
static struct modules *begin(void)
{
	struct modules *modules = modules_new();

	(void)snprintf(top, sizeof(top), "/tmp/filterd-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(top));
	CU_ASSERT_EQUAL_FATAL(mkdir(at("a"), 0755), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir(at("b"), 0755), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(modules);
	CU_ASSERT_EQUAL_FATAL(modules_add_dir(modules, at("a")), 0);
	CU_ASSERT_EQUAL_FATAL(modules_add_dir(modules, at("none")), 0);
	CU_ASSERT_EQUAL_FATAL(modules_add_dir(modules, at("b")), 0);
	return modules;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void end(struct modules *modules)
{
	modules_free(modules);
	(void)nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int get(struct modules *modules, const char *name,
	       struct module **ret)
{
	memset(&failure, 0, sizeof(failure));
	return module_get(modules, name, ret, &failure);
}

/* Tries to load top/a/sample.so, which must not work. */
static void check_refused(struct modules *modules, int want)
{
	struct module *module = NULL;

	CU_ASSERT_EQUAL(get(modules, "sample", &module), want);
	CU_ASSERT_PTR_NULL(module);
	CU_ASSERT_NOT_EQUAL(failure.text[0], '\0');
}

static void test_modules_are_loaded_once_each(void)
{
	struct modules *modules = begin();
	struct module *sample, *again, *other;

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "sample-two.so", "a/sample-two.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &sample), 0);
	CU_ASSERT_STRING_EQUAL(module_ops(sample)->name, "sample");
	CU_ASSERT_STRING_EQUAL(module_path(sample), at("a/sample.so"));
	CU_ASSERT_EQUAL(get(modules, "sample", &again), 0);
	CU_ASSERT_PTR_EQUAL(sample, again);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample-two", &other), 0);
	CU_ASSERT_STRING_EQUAL(module_ops(other)->name, "sample-two");
	module_put(sample);
	module_put(again);
	module_put(other);
	module_put(NULL);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &again), 0);
	CU_ASSERT_PTR_EQUAL(sample, again);
	module_put(again);
	end(modules);
}

static void test_names_say_nothing_of_places(void)
{
	static const char *const names[] = {
		"", ".", "..", "../a/sample", "a/sample", "/sample", "Sample",
		"sample.so", "s ample", "s\nx", "caf\303\251",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	struct modules *modules = begin();
	struct module *module = NULL;

	copy(BUILT "sample.so", "a/sample.so");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CU_ASSERT_EQUAL(get(modules, names[i], &module), -EINVAL);
	CU_ASSERT_PTR_NULL(module);
	end(modules);
}

static void test_what_others_can_write_is_refused(void)
{
	struct modules *modules = begin();
	struct module *module;

	copy(BUILT "sample.so", "a/sample.so");
	CU_ASSERT_EQUAL(chmod(at("a/sample.so"), 0664), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, at("a/sample.so")));
	CU_ASSERT_EQUAL(failure.code, EXIT_DENIED);
	CU_ASSERT_EQUAL(chmod(at("a/sample.so"), 0646), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_EQUAL(chmod(at("a/sample.so"), 0644), 0);

	CU_ASSERT_EQUAL(chmod(at("a"), 0775), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_EQUAL(chmod(at("a"), 01777), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_EQUAL(chmod(at("a"), 0755), 0);

	CU_ASSERT_EQUAL(chmod(top, 0777), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_EQUAL(chmod(top, 01777), 0);	/* as /tmp itself is */
	CU_ASSERT_EQUAL(get(modules, "sample", &module), 0);
	module_put(module);
	end(modules);
}

static void test_what_belongs_to_others_is_refused(void)
{
	struct modules *modules = begin();

	copy(BUILT "sample.so", "a/sample.so");
	if (geteuid() == 0) {	/* nobody else can give files away */
		CU_ASSERT_EQUAL(chown(at("a/sample.so"), 4242, 0), 0);
		check_refused(modules, -EPERM);
		CU_ASSERT_EQUAL(chown(at("a/sample.so"), 0, 0), 0);
		CU_ASSERT_EQUAL(chown(at("a"), 4242, 0), 0);
		check_refused(modules, -EPERM);
		CU_ASSERT_EQUAL(chown(at("a"), 0, 0), 0);
		CU_ASSERT_EQUAL(chown(top, 4242, 0), 0);
		check_refused(modules, -EPERM);
	}
	end(modules);
}

static void test_what_is_no_module_is_refused(void)
{
	struct modules *modules = begin();

	CU_ASSERT_EQUAL(mkdir(at("a/sample.so"), 0755), 0);
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_EQUAL(rmdir(at("a/sample.so")), 0);
	copy(BUILT "sample.so", "a/real");
	CU_ASSERT_EQUAL(symlink("real", at("a/sample.so")), 0);
	check_refused(modules, -EPERM);
	CU_ASSERT_EQUAL(unlink(at("a/sample.so")), 0);
	copy("config.h", "a/sample.so");
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_EQUAL(unlink(at("a/sample.so")), 0);
	copy(BUILT "sample-none.so", "a/sample.so");
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_EQUAL(unlink(at("a/sample.so")), 0);
	copy(BUILT "sample-abi.so", "a/sample.so");
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "another version"));
	CU_ASSERT_EQUAL(unlink(at("a/sample.so")), 0);
	copy(BUILT "sample-two.so", "a/sample.so");
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "another name"));
	end(modules);
}

static void test_the_directory_added_last_is_the_first(void)
{
	struct modules *modules = begin();
	struct module *module;

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "sample.so", "b/sample.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	CU_ASSERT_STRING_EQUAL(module_path(module), at("b/sample.so"));
	module_put(module);
	end(modules);
}

/* A bad one is not passed over for another behind it. */
static void test_a_bad_module_hides_none(void)
{
	struct modules *modules = begin();

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "sample-abi.so", "b/sample.so");
	check_refused(modules, -ENOEXEC);
	end(modules);
}

static int list(void *arg, const char *name, const char *path)
{
	char *text = arg;

	strcat(strcat(text, name), path[0] ? "+ " : " ");
	return 0;
}

static int list_one(void *arg, const char *name, const char *path)
{
	(void)list(arg, name, path);
	return -ECANCELED;
}

static void test_all_are_listed_sorted(void)
{
	static const struct filter_ops builtin = {
		.abi = FILTERD_ABI, .name = "middle", .summary = "built in",
	};
	struct modules *modules = begin();
	struct module *module;
	char text[128] = "", one[32] = "";

	copy(BUILT "sample.so", "a/zebra.so");
	copy(BUILT "sample.so", "b/zebra.so");
	copy(BUILT "sample.so", "b/apple.so");
	copy(BUILT "sample.so", "b/Not.so");
	copy(BUILT "sample.so", "b/.so");
	copy(BUILT "sample.so", "b/not.la");
	CU_ASSERT_EQUAL(modules_add_builtin(modules, &builtin), 0);
	CU_ASSERT_EQUAL(modules_each(modules, list, text), 0);
	CU_ASSERT_STRING_EQUAL(text, "apple+ middle zebra+ ");
	CU_ASSERT_EQUAL(modules_each(modules, list_one, one), -ECANCELED);
	CU_ASSERT_STRING_EQUAL(one, "apple+ ");
	CU_ASSERT_EQUAL_FATAL(get(modules, "middle", &module), 0);
	CU_ASSERT_PTR_EQUAL(module_ops(module), &builtin);
	CU_ASSERT_STRING_EQUAL(module_path(module), "");
	module_put(module);
	CU_ASSERT_EQUAL(get(modules, "zerba", &module), -ENOENT);
	CU_ASSERT_EQUAL(failure.code, EXIT_NOT_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.hint, "'zebra'"));
	end(modules);
}

CHECK_SUITE("module",
	    CHECK(test_modules_are_loaded_once_each),
	    CHECK(test_names_say_nothing_of_places),
	    CHECK(test_what_others_can_write_is_refused),
	    CHECK(test_what_belongs_to_others_is_refused),
	    CHECK(test_what_is_no_module_is_refused),
	    CHECK(test_the_directory_added_last_is_the_first),
	    CHECK(test_a_bad_module_hides_none),
	    CHECK(test_all_are_listed_sorted))
