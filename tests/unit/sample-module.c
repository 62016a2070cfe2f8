/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sample-module.c - modules to load, right and wrong ones
 *
 * SAMPLE_NAME and SAMPLE_ABI are given, and SAMPLE_NEEDS perhaps; without a
 * name it is no module.
 */
#include <filterd/filter.h>

#ifdef SAMPLE_NAME
#ifdef SAMPLE_NEEDS
static const char *const sample_needs[] = { SAMPLE_NEEDS, NULL };
#else
#define sample_needs NULL
#endif

/* What it is for others: its name. */
static const char sample_library[] = SAMPLE_NAME;

static const struct filter_ops sample_filter = {
	.abi		= SAMPLE_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= SAMPLE_NAME,
	.summary	= "a filter to load",
	.version	= "1.4",
	.compatible	= "1.2",
	.needs		= sample_needs,
	.library	= sample_library,
};

FILTERD_MODULE(sample_filter);
#else
extern const int sample_nothing;
const int sample_nothing = 1;
#endif
