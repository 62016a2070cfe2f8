/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module.h - filters in shared objects
 *
 * A module is NAME.so in a directory that only root can write (or, for the
 * caller's own processes, the caller), as is the file; it exports
 * filterd_module, and its ABI is exactly ours.  No environment, no working
 * directory, no path in a name.
 *
 * A module that is loaded stays loaded until it is unloaded, or its file has
 * changed while nobody uses it; those that it needs stay as long as it does.
 *
 * Any thread; what loads or unloads reads files, and so blocks.
 */
#ifndef FILTERD_MODULE_H
#define FILTERD_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include <filterd/filter.h>

#include "failure.h"

#define MODULE_FAMILY_MAX 16u	/* a module, and all that it needs */

struct modules;
struct module;

/* NULL: out of memory. */
struct modules *modules_new(void);
void modules_free(struct modules *modules);

/* Looks there before all that were added earlier; copies.  Before any module is
   got, as the next. */
int modules_add_dir(struct modules *modules, const char *dir);

/* A filter that is part of the program (tests). */
int modules_add_builtin(struct modules *modules,
			const struct filter_ops *ops);

/*
 * The module that holds filter @name, loaded and checked, after all that it
 * needs; one reference, to be given back.  -EINVAL: no such name can be.
 * -ENOENT: none found (with "did you mean").  -EPERM: others could write it.
 * -ENOEXEC: not one of ours, another ABI, or one that it needs is not there or
 * of no version that serves.
 */
int module_get(struct modules *modules, const char *name,
	       struct module **ret, struct failure *f);
void module_put(struct module *module);		/* NULL is allowed */

const struct filter_ops *module_ops(const struct module *module);

/* The file, or "" for a builtin one; for messages. */
const char *module_path(const struct module *module);

/*
 * What was checked and loaded, for the helper: the module's own file and then
 * those of all that it needs, each once; they stay the module's.  Returns
 * their number, or 0 for a builtin one.
 */
size_t module_fds(const struct module *module, int fds[MODULE_FAMILY_MAX]);

/* filter_ops.library of @name, or NULL unless @module says that it needs it. */
const void *module_library(const struct module *module, const char *name);

/* Calls @fn with the name of every filter that there is, sorted. */
int modules_each(struct modules *modules,
		 int (*fn)(void *arg, const char *name, const char *path),
		 void *arg);

/* One that is loaded. */
struct module_state {
	const struct filter_ops *ops;
	const char *path;
	unsigned users;		/* references */
	unsigned dependents;	/* loaded modules that need it */
	bool changed;		/* its file is another one by now */
};

/* Calls @fn with each loaded module, the one that was loaded last first.  It
   calls nothing of this file. */
int modules_each_loaded(struct modules *modules,
			int (*fn)(void *arg, const struct module_state *state),
			void *arg);

/*
 * Unloads module @name.  -ENOENT: it is not loaded.  -EBUSY: somebody has a
 * reference, or another module, which is named, needs it.
 */
int modules_unload(struct modules *modules, const char *name,
		   struct failure *f);

#endif /* FILTERD_MODULE_H */
