/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * product.c - the medium that a filter makes
 */
#include "product.h"
#include "util.h"

#define GRANULE_MIN	512u
#define GRANULE_MAX	65536u

static bool is_text(const char *field, size_t len)
{
	return memchr(field, '\0', len) != NULL;
}

const char *product_broken_rule(const struct filter_medium *medium,
				const struct filter_medium *below)
{
	if (!is_power_of_two(medium->granule) ||
	    medium->granule < GRANULE_MIN || medium->granule > GRANULE_MAX)
		return "the granule is no power of two from 512 to 65536";
	if (medium->granule < below->granule)
		return "the granule is smaller than that of the medium below";
	if ((medium->size == 0 && below->size != 0) ||
	    (medium->size & (medium->granule - 1)) != 0)
		return "the size is not one or more whole granules";
	if (medium->writable && !below->writable)
		return "it may be written, but the medium below may not";
	if (!is_text(medium->hint, sizeof(medium->hint)) ||
	    !is_text(medium->label, sizeof(medium->label)) ||
	    !is_text(medium->uuid, sizeof(medium->uuid)))
		return "its hint, label or uuid has no end";
	return NULL;
}

void product_trim(const struct filter_ops *ops, struct filter_medium *medium)
{
	bool transparent = ops->flags & FILTER_TRANSPARENT;

	medium->writable = medium->writable && (ops->write || transparent);
	medium->discards = medium->discards && medium->writable &&
			   (ops->discard || transparent);
	if ((medium->best & (medium->granule - 1)) != 0)
		medium->best = 0;
}

/* A filter that transforms what passes cannot free by what it passes down:
   only one that keeps a map of its own can. */
bool product_frees(const struct filter_ops *ops,
		   const struct filter_medium *medium,
		   const struct store *below)
{
	if (!medium->discards)
		return false;
	return ops->flags & FILTER_TRANSPARENT ? below->frees :
						 ops->zero != NULL;
}
