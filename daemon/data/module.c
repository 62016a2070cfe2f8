/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module.c - filters in shared objects
 *
 * Code paths: [job]; module_library() [any].  A reference is taken under the
 * lock and given back without it, so that who gives one back never waits for a
 * disk.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dependency.h"
#include "escape.h"
#include "linking.h"
#include "util.h"

struct modules *modules_new(void)
{
	struct modules *modules = calloc(1, sizeof(*modules));

	/* A default mutex needs nothing that could be missing. */
	if (modules)
		(void)pthread_mutex_init(&modules->lock, NULL);
	return modules;
}

void modules_free(struct modules *modules)
{
	if (!modules)
		return;
	while (modules->loaded) {
		struct module *module = modules->loaded;

		modules->loaded = module->next;
		module_free(module);
	}
	shelf_clear(&modules->shelf);
	(void)pthread_mutex_destroy(&modules->lock);
	free(modules);
}

int modules_add_dir(struct modules *modules, const char *dir)
{
	return shelf_add(&modules->shelf, dir);
}

int modules_add_builtin(struct modules *modules, const struct filter_ops *ops)
{
	struct module *module = module_new();

	if (!module)
		return -ENOMEM;
	module->object.ops = ops;
	module->next = modules->loaded;
	modules->loaded = module;
	return 0;
}

/* One of them. */

int module_get(struct modules *modules, const char *name,
	       struct module **ret, struct failure *f)
{
	struct module *module;
	char shown[80];
	int r;

	if (!shelf_is_name(name, strlen(name))) {
		failure_set(f, -EINVAL, EXIT_USAGE,
			    "'%s' cannot be the name of a filter",
			    escape(name, shown, sizeof(shown)));
		failure_hint(f, "names are of a to z, 0 to 9 and '-', and"
			     " say nothing of where the module is");
		return -EINVAL;
	}
	(void)pthread_mutex_lock(&modules->lock);
	r = linking_find(modules, name, &module, f);
	if (r == 0) {
		module->users++;
		*ret = module;
	}
	(void)pthread_mutex_unlock(&modules->lock);
	return r;
}

void module_put(struct module *module)
{
	if (module)
		module->users--;
}

const struct filter_ops *module_ops(const struct module *module)
{
	return module->object.ops;
}

const char *module_path(const struct module *module)
{
	return or_empty(module->object.path);
}

size_t module_fds(const struct module *module, int fds[MODULE_FAMILY_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < module->n_family; i++)
		if (module->family[i]->object.fd >= 0)
			fds[n++] = module->family[i]->object.fd;
	return n;
}

const void *module_library(const struct module *module, const char *name)
{
	if (!dependency_named(module->object.ops, name))
		return NULL;
	for (size_t i = 1; i < module->n_family; i++)
		if (streq(module->family[i]->object.ops->name, name))
			return module->family[i]->object.ops->library;
	return NULL;
}

/* All of them. */

int modules_each(struct modules *modules,
		 int (*fn)(void *arg, const char *name, const char *path),
		 void *arg)
{
	_cleanup_(shelf_names_clear) struct shelf_names names = { 0 };
	int r;

	(void)pthread_mutex_lock(&modules->lock);
	r = linking_names(modules, &names);
	(void)pthread_mutex_unlock(&modules->lock);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = fn(arg, names.list[i].name, names.list[i].path);
	return r;
}

int modules_each_loaded(struct modules *modules,
			int (*fn)(void *arg, const struct module_state *state),
			void *arg)
{
	int r = 0;

	(void)pthread_mutex_lock(&modules->lock);
	for (struct module *at = modules->loaded; at && r == 0; at = at->next)
		r = fn(arg, &(struct module_state){
			.ops = at->object.ops, .path = module_path(at),
			.users = at->users, .dependents = at->dependents,
			.changed = linking_is_changed(modules, at),
		});
	(void)pthread_mutex_unlock(&modules->lock);
	return r;
}

/* Unloading. */

/* One that says itself that it needs @name: if any does, there is one. */
static const char *dependent_of(const struct modules *modules,
				const char *name)
{
	for (struct module *at = modules->loaded; at; at = at->next)
		if (dependency_named(at->object.ops, name))
			return at->object.ops->name;
	return "another";
}

static int unload(struct modules *modules, const char *name, struct failure *f)
{
	struct module **at = linking_place(modules, name), *module = *at;
	const char *holder;
	char shown[80];

	if (!module)
		return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
				   "filter '%s' is not loaded",
				   escape(name, shown, sizeof(shown)));
	if (module->dependents > 0) {
		holder = dependent_of(modules, name);
		failure_hint(f, "'filterctl unload %s' first", holder);
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "filter '%s' is needed by filter '%s'",
				   name, holder);
	}
	if (module->users > 0 || !module->object.handle)
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "filter '%s' is in use", name);
	*at = module->next;
	module_free(module);
	return 0;
}

int modules_unload(struct modules *modules, const char *name,
		   struct failure *f)
{
	int r;

	(void)pthread_mutex_lock(&modules->lock);
	r = unload(modules, name, f);
	(void)pthread_mutex_unlock(&modules->lock);
	return r;
}
