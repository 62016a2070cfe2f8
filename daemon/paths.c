/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * paths.c - see paths.h
 *
 * The root is where the kernel says that our program file is.  A user can give
 * that file a second name below a directory of his, or copy it there, and then
 * helper and modules are his too.  Nothing is gained by that: whoever runs a
 * program in another's directory runs what that one has put there.  filterd
 * must not be set-user-ID, or have capabilities of its file, for this reason.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "paths.h"
#include "util.h"

/* Until paths_init(), as if installed where it was built for. */
static const char *helper = HELPERDIR "/helper";
static const char *modules = FILTERDIR;
static const char *runtime = CONTROL_RUN_DIR;
static const char *configuration[5], *personalities[5];

/* If @dir ends with the absolute @place, cuts it off: the root is left. */
static bool cut_place(char *dir, const char *place)
{
	size_t len = strlen(dir), tail = strlen(place);

	if (len < tail || !streq(dir + len - tail, place))
		return false;
	dir[len - tail] = '\0';
	return true;
}

/* "" for the machine's own root, and for a program run where it was built. */
static void find_root(char root[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", root, PATH_MAX - 1);
	char *slash;

	root[MAX(len, 0)] = '\0';
	slash = strrchr(root, '/');
	if (slash)
		*slash = '\0';
	if (!cut_place(root, BINDIR) && !cut_place(root, HELPERDIR))
		root[0] = '\0';
}

/* What is made here is never freed: it is as constant as the program. */
__attribute__((format(printf, 2, 3)))
static int make_path(const char **path, const char *fmt, ...)
{
	va_list args;
	char *made;
	int n;

	va_start(args, fmt);
	n = vasprintf(&made, fmt, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	*path = made;
	return 0;
}

/* The directories of configuration, and those of personalities in them. */
static int make_configuration(const char *root)
{
	static const char *const dirs[] = {
		SYSCONFDIR "/filterd",
		RUNSTATEDIR "/filterd",
		"/usr/local/lib/filterd",
		CONFIGDIR,
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		size_t same = 0;
		int r;

		while (same < i && !streq(dirs[same], dirs[i]))
			same++;
		if (same < i)
			continue;
		r = make_path(&configuration[n], "%s%s", root, dirs[i]);
		if (r == 0)
			r = make_path(&personalities[n], "%s/personalities.d",
				      configuration[n]);
		if (r < 0)
			return r;
		n++;
	}
	return 0;
}

static bool is_own_dir(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && stat(path, &st) == 0 &&
	       S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* Of the machine, not of the installation: so no root goes before it. */
static int make_runtime(void)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return make_path(&runtime, "%s", CONTROL_RUN_DIR);
	if (is_own_dir(xdg))
		return make_path(&runtime, "%s/filterd", xdg);
	return make_path(&runtime, "/tmp/filterd-%u", (unsigned)geteuid());
}

int paths_init(void)
{
	char root[PATH_MAX];
	int r;

	find_root(root);
	r = make_path(&helper, "%s%s/helper", root, HELPERDIR);
	if (r == 0)
		r = make_path(&modules, "%s%s", root, FILTERDIR);
	if (r == 0)
		r = make_configuration(root);
	if (r == 0)
		r = make_runtime();
	return r;
}

const char *paths_helper(void)
{
	return helper;
}

const char *paths_modules(void)
{
	return modules;
}

const char *const *paths_configuration(void)
{
	return configuration;
}

const char *const *paths_personalities(void)
{
	return personalities;
}

const char *paths_runtime(void)
{
	return runtime;
}
