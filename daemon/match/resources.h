/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resources.h - names of what is there: what filters can wait for
 *
 * I/O Kit's IOResources: one provider that is always there, on which names are
 * published.  A filter that needs no disk stands on its medium, and any filter
 * can wait for a name (ResourceMatch=).  A name once published stays.
 *
 * Any thread.
 */
#ifndef FILTERD_RESOURCES_H
#define FILTERD_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>

#define RESOURCES_FILTERD "filterd"	/* there from the start: ourselves */

struct resources;

/* NULL: out of memory. */
struct resources *resources_new(void);
void resources_free(struct resources *resources);

/* 1: it is published from now on; 0: it was already; -EINVAL: that cannot be a
   name (letters, digits and ._+-, to 127 bytes); -ENOMEM. */
int resources_publish(struct resources *resources, const char *name);

/* Without @resources, which may be NULL, only filterd is there. */
bool resources_have(struct resources *resources, const char *name);

/* Whether some of @words are not there: then @missing gets them. */
bool resources_miss(struct resources *resources, char *const *words, size_t n,
		    char *missing, size_t len);

/* Calls @fn with each name, sorted, until it returns what is not 0; it calls
   nothing of this file. */
int resources_each(struct resources *resources,
		   int (*fn)(void *arg, const char *name), void *arg);

#endif /* FILTERD_RESOURCES_H */
