/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * module.h - filters in shared objects
 *
 * A module is NAME.so in a directory that only root can write (or, for the
 * caller's own processes, the caller), as is the file; it exports
 * filterd_module, and its ABI is exactly ours.  No environment, no working
 * directory, no path in a name.
 */
#ifndef FILTERD_MODULE_H
#define FILTERD_MODULE_H

#include <filterd/filter.h>

#include "failure.h"

struct modules;
struct module;

/* NULL: out of memory.  Main thread, as all here but module_ops(). */
struct modules *modules_new(void);
void modules_free(struct modules *modules);

/* Looks there before all that were added earlier; copies. */
int modules_add_dir(struct modules *modules, const char *dir);

/* A filter that is part of the program (tests). */
int modules_add_builtin(struct modules *modules,
			const struct filter_ops *ops);

/*
 * The module that holds filter @name, loaded and checked; one reference, to be
 * given back.  -EINVAL: no such name can be.  -ENOENT: none found (with "did
 * you mean").  -EPERM: others could write it.  -ENOEXEC: not one of ours, or
 * another ABI.
 */
int module_get(struct modules *modules, const char *name,
	       struct module **ret, struct failure *f);
void module_put(struct module *module);		/* NULL is allowed */

const struct filter_ops *module_ops(const struct module *module);

/* The file, or "" for a builtin one; for messages. */
const char *module_path(const struct module *module);

/* What was checked and loaded, for the helper; -1 for a builtin one. */
int module_fd(const struct module *module);

/* Calls @fn with the name of every filter that there is, sorted. */
int modules_each(struct modules *modules,
		 int (*fn)(void *arg, const char *name, const char *path),
		 void *arg);

#endif /* FILTERD_MODULE_H */
