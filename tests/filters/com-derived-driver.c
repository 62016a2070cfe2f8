/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * com-derived-driver.c - a driver without hardware that others build on
 */
#include <filterd/filter.h>

#include "com-derived-driver.h"

static int answer(int question)
{
	return question + 1;
}

static const struct com_derived_driver library = { .answer = answer };

static const struct filter_ops com_derived_driver = {
	.abi		= FILTERD_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= "com-derived-driver",
	.summary	= "stands on resources, and offers a library",
	.version	= "1.2.0",
	.compatible	= "1.0.0",
	.library	= &library,
};

FILTERD_MODULE(com_derived_driver);
