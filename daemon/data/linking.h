/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linking.h - loading a module after all that it needs
 *
 * For module.c alone, and the inside of what module.h shows.  The lock of the
 * modules is held.
 */
#ifndef FILTERD_LINKING_H
#define FILTERD_LINKING_H

#include <pthread.h>
#include <stdatomic.h>

#include "module.h"
#include "object.h"
#include "shelf.h"

/* All but the numbers is fixed as long as it is loaded. */
struct module {
	struct module *next;
	struct object object;
	struct module *family[MODULE_FAMILY_MAX];	/* itself, then all
							   that it needs */
	size_t n_family;
	unsigned dependents;	/* modules that have it in their families */
	atomic_uint users;
};

struct modules {
	struct shelf shelf;
	pthread_mutex_t lock;	/* guards the list and its dependents */
	struct module *loaded;	/* before those that they need */
};

/* NULL: out of memory.  What is freed lets go of what it needed. */
struct module *module_new(void);
void module_free(struct module *module);

/* Where the list has module @name, or its end. */
struct module **linking_place(struct modules *modules, const char *name);

/*
 * The module @name, loaded if it is not, with all that it needs; no reference.
 * One that nobody uses and whose file has changed is loaded afresh.  As
 * module_get().
 */
int linking_find(struct modules *modules, const char *name,
		 struct module **ret, struct failure *f);

/* Adds the names of all that is loaded or could be.  0 or -ENOMEM. */
int linking_names(const struct modules *modules, struct shelf_names *names);

/* Whether another file lies there now; one that is gone is no reason to let go
   of what is loaded. */
bool linking_is_changed(const struct modules *modules,
			const struct module *module);

#endif /* FILTERD_LINKING_H */
