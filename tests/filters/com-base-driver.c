/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * com-base-driver.c - a driver that needs com-derived-driver's library, and
 * starts only with it
 */
#include <errno.h>

#include <filterd/filter.h>

#include "com-derived-driver.h"

static int start(void *self, struct filter_next *next,
		 struct filter_medium *medium, const void *ticket, size_t len)
{
	const struct com_derived_driver *derived =
		next->library(next, "com-derived-driver");

	(void)self;
	(void)medium;
	(void)ticket;
	(void)len;
	if (derived && derived->answer(41) == 42)
		return 0;
	next->say(next, FILTER_WHY, "the library gives no answer");
	return -ENOSYS;
}

static const char *const needs[] = { "com-derived-driver 1.0.0", NULL };

static const struct filter_ops com_base_driver = {
	.abi		= FILTERD_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= "com-base-driver",
	.summary	= "stands where its personality says",
	.version	= "1.0.0",
	.needs		= needs,
	.start		= start,
};

FILTERD_MODULE(com_base_driver);
