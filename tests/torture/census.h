/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * census.h - what this process holds of the system, counted
 */
#ifndef CENSUS_H
#define CENSUS_H

#include <stdbool.h>
#include <stddef.h>

enum census_kind {
	/* These return to what they were. */
	CENSUS_DESCRIPTORS,
	CENSUS_THREADS,
	CENSUS_CHILDREN,
	CENSUS_TIMERS,
	CENSUS_MODULES,		/* mappings of filters' shared objects */
	CENSUS_LOCKED,		/* memory, KiB */
	CENSUS_MOUNTS,		/* below the directory */
	CENSUS_LOCKS,		/* on the source, whoever has them */
	/* These reach a level. */
	CENSUS_HEAP,		/* bytes */
	CENSUS_RESIDENT,	/* memory, KiB */
	CENSUS_KINDS,
};

struct census {
	size_t n[CENSUS_KINDS];
};

extern const char *const census_names[CENSUS_KINDS];

/* Counts; mounts are those below @dir, locks those on the file @source. */
void census_take(struct census *census, const char *dir, const char *source);

/* Whether what must return to what it was has. */
bool census_same(const struct census *a, const struct census *b);

#endif /* CENSUS_H */
