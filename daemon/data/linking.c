/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linking.c - see linking.h
 *
 * There is one module of a name in the process.  So of I/O Kit's ways in which
 * a dependency fails, these are told apart: there is none; the one there is
 * has another version; it does not say what it stands in for; it is loaded,
 * while a newer file lies there; it fails itself; it needs who needs it.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dependency.h"
#include "escape.h"
#include "linking.h"
#include "suggest.h"
#include "util.h"

#define WHY_LEN 512u

/* Who is being loaded, and for whom. */
struct chain {
	const char *name;
	const struct chain *by;		/* NULL: it was asked for */
};

struct module *module_new(void)
{
	struct module *module = calloc(1, sizeof(*module));

	if (!module)
		return NULL;
	module->object.fd = -1;
	module->family[0] = module;
	module->n_family = 1;
	return module;
}

void module_free(struct module *module)
{
	if (!module)
		return;
	assert(module->users == 0 && module->dependents == 0);
	for (size_t i = 1; i < module->n_family; i++)
		module->family[i]->dependents--;
	object_close(&module->object);
	free(module);
}

static void cleanup_module(struct module **module)
{
	module_free(*module);
}

struct module **linking_place(struct modules *modules, const char *name)
{
	struct module **at = &modules->loaded;

	while (*at && !streq((*at)->object.ops->name, name))
		at = &(*at)->next;
	return at;
}

bool linking_is_changed(const struct modules *modules,
			const struct module *module)
{
	struct stat st;

	return module->object.handle &&
	       shelf_stat(&modules->shelf, module->object.ops->name,
			  &st) == 0 &&
	       !object_is(&module->object, &st);
}

/* What it needs. */

static int refuse_need(const struct module *module, const char *need,
		       const char *why, struct failure *f)
{
	char shown[256];

	return failure_set(f, -ENOEXEC, EXIT_FAILED,
			   "module '%s' needs '%s', %s",
			   escape(module->object.path, shown, sizeof(shown)),
			   need, why);
}

/* @found is there, but does not serve. */
static int refuse_misfit(const struct modules *modules,
			 const struct module *module, const char *need,
			 const struct module *found, const char *misfit,
			 struct failure *f)
{
	char shown[256], why[WHY_LEN];

	if (linking_is_changed(modules, found))
		failure_hint(f, "another file lies there by now: 'filterctl"
			     " unload %s' makes way for it",
			     found->object.ops->name);
	(void)snprintf(why, sizeof(why), "which '%s' is not: %s",
		       escape(module_path(found), shown, sizeof(shown)),
		       misfit);
	return refuse_need(module, need, why, f);
}

/* No module of that name could be had. */
static int refuse_missing(const struct module *module, const char *need,
			  int error, const struct failure *inner,
			  struct failure *f)
{
	char why[WHY_LEN + 64];

	failure_hint(f, "%s", inner->hint);
	if (error == -ENOENT)
		return refuse_need(module, need, "and there is none", f);
	(void)snprintf(why, sizeof(why), "which cannot be loaded: %s",
		       inner->text);
	return refuse_need(module, need, why, f);
}

/* Takes @needed and all of its own family. */
static int take_family(struct module *module, const struct module *needed)
{
	for (size_t i = 0; i < needed->n_family; i++) {
		struct module *one = needed->family[i];
		size_t at = 0;

		while (at < module->n_family && module->family[at] != one)
			at++;
		if (at < module->n_family)
			continue;
		if (at == MODULE_FAMILY_MAX)
			return -E2BIG;
		module->family[module->n_family++] = one;
		one->dependents++;
	}
	return 0;
}

static bool is_circle(const struct chain *chain, const char *name)
{
	for (; chain; chain = chain->by)
		if (streq(chain->name, name))
			return true;
	return false;
}

static int find(struct modules *modules, const struct chain *chain,
		struct module **ret, struct failure *f);

/* Finds what @need says, and takes it into the family. */
static int meet(struct modules *modules, struct module *module,
		const char *need, const struct chain *by, struct failure *f)
{
	struct failure inner = { .code = EXIT_OK };
	struct dependency dependency;
	struct module *found;
	const char *misfit;
	char buf[160];
	int r = dependency_parse(need, &dependency);
	const struct chain chain = { dependency.name, by };

	assert(r == 0);			/* object_load() has read it */
	if (is_circle(by, dependency.name))
		return refuse_need(module, need, "which needs it in turn", f);
	r = find(modules, &chain, &found, &inner);
	if (r < 0)
		return refuse_missing(module, need, r, &inner, f);
	misfit = dependency_misfit(&dependency, found->object.ops, buf,
				   sizeof(buf));
	if (misfit)
		return refuse_misfit(modules, module, need, found, misfit, f);
	if (take_family(module, found) < 0)
		return refuse_need(module, need, "and so more modules than"
				   " can be used together", f);
	return 0;
}

static int load(struct modules *modules, const struct chain *chain,
		struct module **ret, struct failure *f)
{
	_cleanup_(cleanup_module) struct module *module = module_new();
	const char *const *need;
	char *path;
	int r, fd;

	if (!module)
		return failure_errno(f, -ENOMEM, "filter %s", chain->name);
	r = shelf_open(&modules->shelf, chain->name, &fd, &path, f);
	if (r < 0)
		return r;
	r = object_load(&module->object, chain->name, fd, path, f);
	if (r < 0)
		return r;
	for (need = module->object.ops->needs; r == 0 && need && *need; need++)
		r = meet(modules, module, *need, chain, f);
	if (r < 0)
		return r;
	module->next = modules->loaded;
	modules->loaded = module;
	*ret = take_ptr(&module);
	return 0;
}

/* Finding one. */

int linking_names(const struct modules *modules, struct shelf_names *names)
{
	int r = 0;

	for (struct module *at = modules->loaded; at && r == 0; at = at->next)
		r = shelf_names_add(names, at->object.ops->name,
				    module_path(at));
	return r < 0 ? r : shelf_names_fill(names, &modules->shelf);
}

static int refuse_name(const struct modules *modules, const char *name,
		       struct failure *f)
{
	_cleanup_(shelf_names_clear) struct shelf_names names = { 0 };
	_cleanup_free_ const char **words = NULL;
	const char *meant = NULL;

	failure_set(f, -ENOENT, EXIT_NOT_FOUND, "there is no filter '%s'",
		    name);
	if (linking_names(modules, &names) == 0)
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

static int find(struct modules *modules, const struct chain *chain,
		struct module **ret, struct failure *f)
{
	struct module **at = linking_place(modules, chain->name);
	struct module *module = *at;
	int r;

	if (module && (module->users > 0 || module->dependents > 0 ||
		       !linking_is_changed(modules, module))) {
		*ret = module;
		return 0;
	}
	if (module) {
		*at = module->next;
		module_free(module);
	}
	r = load(modules, chain, ret, f);
	return r == -ENOENT ? refuse_name(modules, chain->name, f) : r;
}

int linking_find(struct modules *modules, const char *name,
		 struct module **ret, struct failure *f)
{
	return find(modules, &(struct chain){ .name = name }, ret, f);
}
