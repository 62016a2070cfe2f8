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
#include "object.h"

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

/* As a package manager does: another file comes to lie there at once. */
static void replace(const char *from, const char *to)
{
	char new[128];

	copy(from, "new");
	(void)snprintf(new, sizeof(new), "%s", at("new"));
	CU_ASSERT_EQUAL_FATAL(rename(new, at(to)), 0);
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
	module_put(module);
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

/* What a module needs. */

static struct filter_ops library = {
	.abi = FILTERD_ABI, .name = "sample", .summary = "to be needed",
	.version = "1.4", .compatible = "1.2", .library = "built in",
};

/* Tries to load @name, whose need is not met: one line says @why. */
static void check_unmet(struct modules *modules, const char *name,
			const char *why)
{
	struct module *module = NULL;

	CU_ASSERT_EQUAL(get(modules, name, &module), -ENOEXEC);
	CU_ASSERT_PTR_NULL(module);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, name));
}

static int count_loaded(void *arg, const struct module_state *state)
{
	unsigned *n = arg;

	(void)state;
	(*n)++;
	return 0;
}

static unsigned number_loaded(struct modules *modules)
{
	unsigned n = 0;

	CU_ASSERT_EQUAL(modules_each_loaded(modules, count_loaded, &n), 0);
	return n;
}

static void test_what_a_module_needs_is_loaded_with_it(void)
{
	struct modules *modules = begin();
	int fds[MODULE_FAMILY_MAX];
	struct module *far;

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "sample-two.so", "b/sample-two.so");
	copy(BUILT "needy.so", "b/needy.so");
	copy(BUILT "far.so", "a/far.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "far", &far), 0);
	CU_ASSERT_EQUAL(number_loaded(modules), 4);
	CU_ASSERT_EQUAL(module_fds(far, fds), 4);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(fds[i], fds[k]);
	CU_ASSERT_STRING_EQUAL(module_library(far, "needy"), "needy");
	CU_ASSERT_STRING_EQUAL(module_library(far, "sample-two"),
			       "sample-two");
	/* That is needy's, and what far gets of it comes from there. */
	CU_ASSERT_PTR_NULL(module_library(far, "sample"));
	CU_ASSERT_PTR_NULL(module_library(far, "far"));
	CU_ASSERT_PTR_NULL(module_library(far, "none"));
	module_put(far);
	end(modules);
}

static void test_a_need_that_nobody_meets_is_told(void)
{
	struct modules *modules = begin();

	copy(BUILT "needy.so", "a/needy.so");
	check_unmet(modules, "needy", "'sample 1.3', and there is none");
	copy(BUILT "far.so", "a/far.so");
	copy(BUILT "sample-two.so", "a/sample-two.so");
	check_unmet(modules, "far", "'needy 1.4', which cannot be loaded: ");
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text,
				      "'sample 1.3', and there is none"));
	copy(BUILT "sample-abi.so", "a/sample.so");
	check_unmet(modules, "needy", "built for another version of filterd");
	/* What failed is not kept; what it needed first is. */
	CU_ASSERT_EQUAL(number_loaded(modules), 1);
	end(modules);
}

static void test_another_version_than_the_needed_is_told(void)
{
	struct modules *modules = begin();
	struct module *needy;

	copy(BUILT "needy.so", "a/needy.so");
	CU_ASSERT_EQUAL(modules_add_builtin(modules, &library), 0);
	library.version = "1.2.9";
	check_unmet(modules, "needy", "for versions 1.2 to 1.2.9");
	library.version = "2.0";
	library.compatible = "1.3.1";
	check_unmet(modules, "needy", "for versions 1.3.1 to 2.0");
	library.compatible = NULL;
	check_unmet(modules, "needy", "does not say which older ones");
	library.version = NULL;
	check_unmet(modules, "needy", "no version of its own");
	library.version = "1.4";
	library.compatible = "1.2";
	CU_ASSERT_EQUAL_FATAL(get(modules, "needy", &needy), 0);
	CU_ASSERT_STRING_EQUAL(module_library(needy, "sample"), "built in");
	module_put(needy);
	end(modules);
}

static void test_a_circle_is_told(void)
{
	struct modules *modules = begin();

	copy(BUILT "circle-one.so", "a/circle-one.so");
	copy(BUILT "circle-two.so", "a/circle-two.so");
	check_unmet(modules, "circle-one",
		    "'circle-one 1.4', which needs it in turn");
	check_unmet(modules, "circle-two",
		    "'circle-two 1.4', which needs it in turn");
	CU_ASSERT_EQUAL(number_loaded(modules), 0);
	end(modules);
}

static void test_what_a_module_says_must_be_possible(void)
{
	static const char *const bad_need[] = { "sample", NULL };
	struct filter_ops ops = library;

	CU_ASSERT_PTR_NULL(object_fault(&ops, "sample"));
	ops.version = ops.compatible = NULL;
	CU_ASSERT_PTR_NULL(object_fault(&ops, "sample"));
	ops.compatible = "1.0";
	CU_ASSERT_PTR_NOT_NULL(object_fault(&ops, "sample"));
	ops.version = "0.9";
	CU_ASSERT_PTR_NOT_NULL(object_fault(&ops, "sample"));
	ops.version = "1.0";
	CU_ASSERT_PTR_NULL(object_fault(&ops, "sample"));
	ops.version = "1.0-rc1";
	CU_ASSERT_PTR_NOT_NULL(object_fault(&ops, "sample"));
	ops.version = "1.0";
	ops.compatible = "one";
	CU_ASSERT_PTR_NOT_NULL(object_fault(&ops, "sample"));
	ops.compatible = NULL;
	ops.needs = bad_need;
	CU_ASSERT_PTR_NOT_NULL(object_fault(&ops, "sample"));
}

/* At run time. */

static void test_an_idle_module_can_be_unloaded(void)
{
	struct modules *modules = begin();
	struct failure f = { 0 };
	struct module *module;

	copy(BUILT "sample.so", "a/sample.so");
	CU_ASSERT_EQUAL(modules_unload(modules, "sample", &f), -ENOENT);
	CU_ASSERT_EQUAL(f.code, EXIT_NOT_FOUND);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	f = (struct failure){ 0 };
	CU_ASSERT_EQUAL(modules_unload(modules, "sample", &f), -EBUSY);
	CU_ASSERT_EQUAL(f.code, EXIT_BUSY);
	module_put(module);
	CU_ASSERT_EQUAL(number_loaded(modules), 1);
	CU_ASSERT_EQUAL(modules_unload(modules, "sample", &f), 0);
	CU_ASSERT_EQUAL(number_loaded(modules), 0);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	module_put(module);
	end(modules);
}

static void test_what_is_needed_stays_and_its_holder_is_named(void)
{
	struct modules *modules = begin();
	struct failure f = { 0 };
	struct module *module;

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "needy.so", "a/needy.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "needy", &module), 0);
	module_put(module);
	CU_ASSERT_EQUAL(modules_unload(modules, "sample", &f), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "'needy'"));
	CU_ASSERT_EQUAL(modules_unload(modules, "needy", &f), 0);
	CU_ASSERT_EQUAL(modules_unload(modules, "sample", &f), 0);
	CU_ASSERT_EQUAL(number_loaded(modules), 0);
	end(modules);
}

static int copy_state(void *arg, const struct module_state *state)
{
	struct module_state *wanted = arg;

	if (strcmp(state->ops->name, "sample") == 0)
		*wanted = *state;
	return 0;
}

static struct module_state state_of_sample(struct modules *modules)
{
	struct module_state state = { .users = 99 };

	CU_ASSERT_EQUAL(modules_each_loaded(modules, copy_state, &state), 0);
	return state;
}

static void test_the_state_counts_who_has_it(void)
{
	struct modules *modules = begin();
	struct module *sample, *needy;

	copy(BUILT "sample.so", "a/sample.so");
	copy(BUILT "needy.so", "a/needy.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &sample), 0);
	CU_ASSERT_EQUAL(state_of_sample(modules).users, 1);
	CU_ASSERT_EQUAL(state_of_sample(modules).dependents, 0);
	CU_ASSERT_EQUAL_FATAL(get(modules, "needy", &needy), 0);
	module_put(sample);
	CU_ASSERT_EQUAL(state_of_sample(modules).users, 0);
	CU_ASSERT_EQUAL(state_of_sample(modules).dependents, 1);
	CU_ASSERT_STRING_EQUAL(state_of_sample(modules).path,
			       at("a/sample.so"));
	module_put(needy);
	end(modules);
}

/* In use it stays what it is, and that shows; idle it makes way. */
static void test_a_changed_file_is_noticed(void)
{
	struct modules *modules = begin();
	struct module *held, *module;

	copy(BUILT "sample.so", "a/sample.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &held), 0);
	CU_ASSERT_FALSE(state_of_sample(modules).changed);
	replace(BUILT "sample-abi.so", "a/sample.so");
	CU_ASSERT_TRUE(state_of_sample(modules).changed);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	CU_ASSERT_PTR_EQUAL(module, held);
	module_put(module);
	module_put(held);
	check_refused(modules, -ENOEXEC);
	CU_ASSERT_EQUAL(number_loaded(modules), 0);
	replace(BUILT "sample.so", "a/sample.so");
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	module_put(module);

	/* One that is gone leaves what is loaded alone. */
	CU_ASSERT_EQUAL(unlink(at("a/sample.so")), 0);
	CU_ASSERT_FALSE(state_of_sample(modules).changed);
	CU_ASSERT_EQUAL(get(modules, "sample", &module), 0);
	module_put(module);
	/* And one in a directory that comes first counts. */
	copy(BUILT "sample.so", "b/sample.so");
	CU_ASSERT_TRUE(state_of_sample(modules).changed);
	CU_ASSERT_EQUAL_FATAL(get(modules, "sample", &module), 0);
	CU_ASSERT_STRING_EQUAL(module_path(module), at("b/sample.so"));
	module_put(module);
	end(modules);
}

CHECK_SUITE("module",
	    CHECK(test_what_a_module_needs_is_loaded_with_it),
	    CHECK(test_a_need_that_nobody_meets_is_told),
	    CHECK(test_another_version_than_the_needed_is_told),
	    CHECK(test_a_circle_is_told),
	    CHECK(test_what_a_module_says_must_be_possible),
	    CHECK(test_an_idle_module_can_be_unloaded),
	    CHECK(test_what_is_needed_stays_and_its_holder_is_named),
	    CHECK(test_the_state_counts_who_has_it),
	    CHECK(test_a_changed_file_is_noticed),
	    CHECK(test_modules_are_loaded_once_each),
	    CHECK(test_names_say_nothing_of_places),
	    CHECK(test_what_others_can_write_is_refused),
	    CHECK(test_what_belongs_to_others_is_refused),
	    CHECK(test_what_is_no_module_is_refused),
	    CHECK(test_the_directory_added_last_is_the_first),
	    CHECK(test_a_bad_module_hides_none),
	    CHECK(test_all_are_listed_sorted))
