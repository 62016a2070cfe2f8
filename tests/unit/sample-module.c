/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sample-module.c - modules to load, right and wrong ones
 *
 * SAMPLE_NAME and SAMPLE_ABI are given; without a name it is no module.
 */
#include <filterd/filter.h>

#ifdef SAMPLE_NAME
static const struct filter_ops sample_filter = {
	.abi		= SAMPLE_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= SAMPLE_NAME,
	.summary	= "a filter to load",
	.version	= "1.0",
};

FILTERD_MODULE(sample_filter);
#else
extern const int sample_nothing;
const int sample_nothing = 1;
#endif
