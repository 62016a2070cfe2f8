/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dependency.h - a module's need of another: "name 1.2" of filter_ops.needs
 *
 * The rule is I/O Kit's for OSBundleLibraries: who was built with version 1.2
 * of a module is served by one that stands in for it, which means that
 * compatible <= 1.2 <= version.
 */
#ifndef FILTERD_DEPENDENCY_H
#define FILTERD_DEPENDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <filterd/filter.h>

#include "shelf.h"
#include "version.h"

struct dependency {
	char name[SHELF_NAME_LEN + 1];
	char version[VERSION_LEN];	/* as it was written */
	uint64_t wanted;		/* in the order of version.h */
};

/* Reads "NAME VERSION", one blank between.  0 or -EINVAL. */
int dependency_parse(const char *text, struct dependency *ret);

/*
 * Why the module of @ops, which has been checked (object.h), does not serve
 * the dependency, into @buf; NULL: it serves.
 */
const char *dependency_misfit(const struct dependency *dependency,
			      const struct filter_ops *ops, char *buf,
			      size_t len);

/* Whether the module of @ops itself says that it needs module @name. */
bool dependency_named(const struct filter_ops *ops, const char *name);

#endif /* FILTERD_DEPENDENCY_H */
