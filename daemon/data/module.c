/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module.c - filters in shared objects
 *
 * What is checked is what is loaded: dlopen(3) gets the descriptor that was
 * looked at (trusted.h).  It stays open, since dlopen takes two files for one
 * if they have the same name.  Idle modules stay loaded.
 *
 * Code paths: main thread; no data.
 */
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "module.h"
#include "suggest.h"
#include "trusted.h"
#include "util.h"

#define NAME_LEN	48u	/* longest name of a filter */
#define SUFFIX		".so"

struct module {
	struct module *next;
	const struct filter_ops *ops;
	char *path;		/* "": built in */
	void *handle;
	int fd;
	unsigned users;
};

struct modules {
	struct module *loaded;
	char **dirs;		/* the first is looked at last */
	size_t n_dirs;
};

static void free_module(struct module *module)
{
	if (!module)
		return;
	assert(module->users == 0);
	if (module->handle)
		(void)dlclose(module->handle);
	cleanup_fd(&module->fd);
	free(module->path);
	free(module);
}

static void cleanup_module(struct module **module)
{
	free_module(*module);
}

static struct module *new_module(const char *path)
{
	_cleanup_(cleanup_module) struct module *module = NULL;

	module = calloc(1, sizeof(*module));
	if (!module)
		return NULL;
	module->fd = -1;
	module->path = strdup(path);
	return module->path ? take_ptr(&module) : NULL;
}

struct modules *modules_new(void)
{
	return calloc(1, sizeof(struct modules));
}

void modules_free(struct modules *modules)
{
	if (!modules)
		return;
	while (modules->loaded) {
		struct module *module = modules->loaded;

		modules->loaded = module->next;
		free_module(module);
	}
	for (size_t i = 0; i < modules->n_dirs; i++)
		free(modules->dirs[i]);
	free(modules->dirs);
	free(modules);
}

int modules_add_dir(struct modules *modules, const char *dir)
{
	char **dirs, *copy = strdup(dir);

	if (!copy)
		return -ENOMEM;
	dirs = reallocarray(modules->dirs, modules->n_dirs + 1, sizeof(*dirs));
	if (!dirs) {
		free(copy);
		return -ENOMEM;
	}
	dirs[modules->n_dirs++] = copy;
	modules->dirs = dirs;
	return 0;
}

static void add(struct modules *modules, struct module *module)
{
	module->next = modules->loaded;
	modules->loaded = module;
}

int modules_add_builtin(struct modules *modules, const struct filter_ops *ops)
{
	struct module *module = new_module("");

	if (!module)
		return -ENOMEM;
	module->ops = ops;
	add(modules, module);
	return 0;
}

static bool is_name(const char *name, size_t len)
{
	return len > 0 && len <= NAME_LEN &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

/* What it is. */

static size_t size_of(enum filter_type type)
{
	switch (type) {
	case FILTER_BOOL:
		return sizeof(bool);
	case FILTER_NUMBER:
	case FILTER_SIZE:
	case FILTER_TIME:
		return sizeof(uint64_t);
	case FILTER_CHOICE:
		return sizeof(unsigned);
	case FILTER_TEXT:
		return sizeof(const char *);
	case FILTER_SECRET:
		return sizeof(struct filter_secret);
	case FILTER_MEDIUM:
		return sizeof(struct filter_next *);
	}
	return SIZE_MAX;
}

static bool params_fit(const struct filter_param *param, size_t size)
{
	for (; param && param->name; param++)
		if (!range_inside(param->at, size_of(param->type), size) ||
		    (param->type == FILTER_CHOICE && !param->choices))
			return false;
	return true;
}

/* What is wrong with it, or NULL.  Another ABI's members mean other things. */
static const char *wrong(const struct filter_ops *ops, const char *name)
{
	if (!ops)
		return "it names no filter";
	if (ops->abi != FILTERD_ABI)
		return "it was built for another version of filterd";
	if (!ops->name || !streq(ops->name, name))
		return "the filter in it has another name";
	if (!ops->summary || ops->summary[0] == '\0')
		return "its filter has no summary";
	if (ops->needs && ops->needs[0])
		return "it needs another module, and that is not offered";
	if (!params_fit(ops->params, ops->instance_size))
		return "a setting lies outside of its instance";
	return NULL;
}

static int refuse_module(const char *path, const char *why, struct failure *f)
{
	char shown[256], reason[256];

	return failure_set(f, -ENOEXEC, EXIT_FAILED, "module '%s': %s",
			   escape(path, shown, sizeof(shown)),
			   escape(why, reason, sizeof(reason)));
}

static int load(struct module *module, const char *name, struct failure *f)
{
	const struct filter_ops *const *symbol;
	char file[32];
	const char *why;

	(void)snprintf(file, sizeof(file), "/proc/self/fd/%d", module->fd);
	module->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!module->handle)
		return refuse_module(module->path, or_empty(dlerror()), f);
	symbol = dlsym(module->handle, "filterd_module");
	if (!symbol)
		return refuse_module(module->path, "it is no filter", f);
	why = wrong(*symbol, name);
	if (why)
		return refuse_module(module->path, why, f);
	module->ops = *symbol;
	return 0;
}

static int load_from(struct modules *modules, const char *dir,
		     const char *name, struct module **ret, struct failure *f)
{
	_cleanup_(cleanup_module) struct module *module = NULL;
	char file[NAME_LEN + sizeof(SUFFIX)];
	_cleanup_free_ char *path = NULL;
	int r;

	(void)snprintf(file, sizeof(file), "%s%s", name, SUFFIX);
	if (asprintf(&path, "%s/%s", dir, file) < 0) {
		path = NULL;
		return failure_errno(f, -ENOMEM, "filter %s", name);
	}
	module = new_module(path);
	if (!module)
		return failure_errno(f, -ENOMEM, "filter %s", name);
	r = trusted_open(dir, file, &module->fd, f);
	if (r < 0)
		return r;
	r = load(module, name, f);
	if (r < 0)
		return r;
	*ret = module;
	add(modules, take_ptr(&module));
	return 0;
}

/* Which there are. */

struct names {
	struct name {
		char *name, *path;
	} *list;
	size_t n;
};

static void cleanup_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		free(names->list[i].name);
		free(names->list[i].path);
	}
	free(names->list);
}

/* The first of a name is the one that would be loaded. */
static int add_name(struct names *names, const char *name, size_t len,
		    const char *path)
{
	struct name *list, new = { 0 };

	for (size_t i = 0; i < names->n; i++)
		if (strncmp(names->list[i].name, name, len) == 0 &&
		    names->list[i].name[len] == '\0')
			return 0;
	list = reallocarray(names->list, names->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	names->list = list;
	new.name = strndup(name, len);
	new.path = strdup(path);
	if (!new.name || !new.path) {
		free(new.name);
		free(new.path);
		return -ENOMEM;
	}
	list[names->n++] = new;
	return 0;
}

static int add_file(struct names *names, const char *dir, const char *file)
{
	_cleanup_free_ char *path = NULL;
	size_t len = strlen(file);

	if (len <= strlen(SUFFIX) ||
	    !streq(file + len - strlen(SUFFIX), SUFFIX) ||
	    !is_name(file, len - strlen(SUFFIX)))
		return 0;
	if (asprintf(&path, "%s/%s", dir, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return add_name(names, file, len - strlen(SUFFIX), path);
}

/* A directory that cannot be read holds nothing for us. */
static int add_files(struct names *names, const char *dir)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	while (stream && r == 0 && (entry = readdir(stream)))
		r = add_file(names, dir, entry->d_name);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	const struct name *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static int list_names(const struct modules *modules, struct names *names)
{
	int r = 0;

	for (struct module *at = modules->loaded; at && r == 0; at = at->next)
		r = add_name(names, at->ops->name, strlen(at->ops->name),
			     at->path);
	for (size_t i = modules->n_dirs; i > 0 && r == 0; i--)
		r = add_files(names, modules->dirs[i - 1]);
	if (names->n > 0)
		qsort(names->list, names->n, sizeof(*names->list),
		      compare_names);
	return r;
}

int modules_each(struct modules *modules,
		 int (*fn)(void *arg, const char *name, const char *path),
		 void *arg)
{
	_cleanup_(cleanup_names) struct names names = { 0 };
	int r = list_names(modules, &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = fn(arg, names.list[i].name, names.list[i].path);
	return r;
}

/* Finding one. */

static int refuse_name(struct modules *modules, const char *name,
		       struct failure *f)
{
	_cleanup_(cleanup_names) struct names names = { 0 };
	_cleanup_free_ const char **words = NULL;
	const char *meant = NULL;

	failure_set(f, -ENOENT, EXIT_NOT_FOUND, "there is no filter '%s'",
		    name);
	if (list_names(modules, &names) == 0)
		words = calloc(names.n + 1, sizeof(*words));
	for (size_t i = 0; words && i < names.n; i++)
		words[i] = names.list[i].name;
	if (words)
		meant = suggest(name, words, names.n);
	if (meant)
		failure_hint(f, "did you mean '%s'?", meant);
	else
		failure_hint(f, "'filterctl list-filters' shows all");
	return -ENOENT;
}

static int find(struct modules *modules, const char *name,
		struct module **ret, struct failure *f)
{
	for (struct module *at = modules->loaded; at; at = at->next) {
		if (!streq(at->ops->name, name))
			continue;
		*ret = at;
		return 0;
	}
	for (size_t i = modules->n_dirs; i > 0; i--) {
		int r = load_from(modules, modules->dirs[i - 1], name, ret, f);

		if (r != -ENOENT)
			return r;
	}
	return refuse_name(modules, name, f);
}

int module_get(struct modules *modules, const char *name,
	       struct module **ret, struct failure *f)
{
	char shown[80];
	int r;

	if (!is_name(name, strlen(name))) {
		failure_set(f, -EINVAL, EXIT_USAGE,
			    "'%s' cannot be the name of a filter",
			    escape(name, shown, sizeof(shown)));
		failure_hint(f, "names are of a to z, 0 to 9 and '-', and"
			     " say nothing of where the module is");
		return -EINVAL;
	}
	r = find(modules, name, ret, f);
	if (r == 0)
		(*ret)->users++;
	return r;
}

void module_put(struct module *module)
{
	if (module)
		module->users--;
}

const struct filter_ops *module_ops(const struct module *module)
{
	return module->ops;
}

int module_fd(const struct module *module)
{
	return module->fd;
}

const char *module_path(const struct module *module)
{
	return module->path;
}
