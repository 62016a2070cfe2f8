/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.h - where the partitions of a new map go
 */
#ifndef FILTERD_PARTMAP_PLAN_H
#define FILTERD_PARTMAP_PLAN_H

#include "write.h"

struct plan_part {
	uint64_t start, size;	/* bytes */
	char type[64];		/* as hint_resolve() has it */
	const char *name;	/* never NULL; of the write_part */
};

/* What a kind of map asks for; all in bytes. */
struct plan_rule {
	const char *scheme;
	uint64_t first, end;	/* partitions lie in [first, end) */
	uint64_t align;		/* where they begin; a power of two */
	uint64_t unit;		/* of their sizes; a power of two */
	size_t gap_from;	/* from this part on ... */
	uint64_t gap;		/* ... this much is left before each */
};

/*
 * Fills @ret, an array of @n, in the order of @parts.  Sizes are rounded up to
 * the unit.  Returns 0, -EINVAL or -ENOSPC, said in @f.
 */
int plan_make(const struct plan_rule *rule, const struct write_part *parts,
	      size_t n, struct plan_part *ret, struct failure *f);

#endif /* FILTERD_PARTMAP_PLAN_H */
