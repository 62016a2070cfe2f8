/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkup-parts.c - what is installed: filters, the libraries that they and we
 * stand on, personalities, the service
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkup.h"
#include "cleanup.h"
#include "control.h"
#include "escape.h"
#include "paths.h"
#include "util.h"

static int look_at_filter(void *arg, const char *name, const char *path)
{
	const struct checkup *checkup = arg;
	struct module *module = NULL;
	struct failure f = { 0 };
	char safe[256];

	if (module_get(checkup->stack->modules, name, &module, &f) < 0)
		checkup_tell_failure(checkup, "filters", CHECKUP_FAIL, &f);
	else
		checkup_tell(checkup, "filters", CHECKUP_OK, "", "%s %s, %s",
			     name, or_empty(module_ops(module)->version),
			     escape(path, safe, sizeof(safe)));
	module_put(module);
	return 0;
}

void checkup_filters(const struct checkup *checkup)
{
	if (modules_each(checkup->stack->modules, look_at_filter,
			 (void *)checkup) < 0)
		checkup_tell(checkup, "filters", CHECKUP_FAIL,
			     "install filterd again",
			     "no filters can be looked for");
}

/* The file that a library was loaded from ends with its version. */
static int add_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	static const char *const ours[] = {
		"libfuse3.so", "libblkid.so", "libfdisk.so",
		"libcryptsetup.so", "libcrypto.so", "libsystemd.so",
		"libjson-c.so",
	};
	_cleanup_free_ char *file = realpath(info->dlpi_name, NULL);
	const char *base = file ? strrchr(file, '/') + 1 : "";
	char (*text)[512] = arg;
	size_t len = strlen(*text);

	(void)size;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (strncmp(base, ours[i], strlen(ours[i])) == 0)
			(void)snprintf(*text + len, sizeof(*text) - len,
				       "%s%s", len ? ", " : "", base);
	return 0;
}

/* Comes after the filters, which bring theirs. */
void checkup_libraries(const struct checkup *checkup)
{
	char text[512] = "";

	(void)dl_iterate_phdr(add_library, &text);
	checkup_tell(checkup, "libraries", CHECKUP_OK, "", "%s", text);
}

struct faults {
	const struct checkup *checkup;
	unsigned n;
};

static void tell_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	struct faults *faults = arg;
	char file[256], text[400];

	faults->n++;
	checkup_tell(faults->checkup, "personalities", CHECKUP_WARN,
		     "mend the line; \"filterctl verify FILE\" checks it",
		     "%s:%u:%u: %s", escape(at->file, file, sizeof(file)),
		     at->line, at->column,
		     escape(message, text, sizeof(text)));
}

void checkup_personalities(const struct checkup *checkup)
{
	struct catalogue *catalogue = catalogue_new();
	struct faults faults = { .checkup = checkup };
	int r = catalogue ? catalogue_load(catalogue, paths_personalities(),
					   tell_fault, &faults) : -ENOMEM;

	if (r < 0)
		checkup_tell(checkup, "personalities", CHECKUP_FAIL, "",
			     "cannot be read: %s", strerror(-r));
	else if (faults.n == 0)
		checkup_tell(checkup, "personalities", CHECKUP_OK, "",
			     "%zu, partition maps included",
			     catalogue_count(catalogue));
	catalogue_unref(catalogue);
}

static int ask_service(void)
{
	_cleanup_fd_ int dir = open(CONTROL_RUN_DIR, O_PATH | O_DIRECTORY |
				    O_CLOEXEC);
	struct varlink *link = NULL;
	int r = dir < 0 ? -errno : control_connect(dir, CONTROL_SERVICE,
						   &link);

	varlink_free(link);
	return r;
}

/* Whether systemd runs this machine and knows our socket. */
static bool has_unit(void)
{
	static const char *const dirs[] = {
		"/etc/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system",
	};
	char path[80];

	if (access("/run/systemd/system", F_OK) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/filterd.socket",
			       dirs[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Only some verbs ask it, and mount.filterd. */
void checkup_service(const struct checkup *checkup)
{
	int r = ask_service();

	if (r == 0)
		checkup_tell(checkup, "service", CHECKUP_OK, "",
			     "it can be asked");
	else if (r == -ENOENT || r == -ECONNREFUSED)
		checkup_tell(checkup, "service", CHECKUP_WARN, has_unit() ?
			     "\"systemctl enable --now filterd.socket\"" :
			     "start \"filterd serve\" as root",
			     "it does not run; \"filterd mount\" needs none");
	else
		checkup_tell(checkup, "service", CHECKUP_WARN, "",
			     "it cannot be asked: %s", strerror(-r));
}
