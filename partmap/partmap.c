/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * partmap.c - the table of schemes
 */
#include <stddef.h>

#include "apple.h"
#include "bsd.h"
#include "gpt.h"
#include "label.h"
#include "mbr.h"
#include "partmap.h"
#include "util.h"
#include "vtoc.h"

const struct scheme *const partmap_schemes[] = {
	&gpt_scheme,
	&mbr_scheme,
	&apple_scheme,
	&bsd_scheme,
	&solaris_scheme,
	&unixware_scheme,
	&minix_scheme,
	&sgi_scheme,
	&sun_scheme,
	&ultrix_scheme,
	&atari_scheme,
	&aix_scheme,
	NULL,
};

const struct scheme *partmap_find(const char *name)
{
	for (size_t i = 0; partmap_schemes[i]; i++)
		if (streq(partmap_schemes[i]->name, name))
			return partmap_schemes[i];
	return NULL;
}
