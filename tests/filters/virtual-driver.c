/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtual-driver.c - a driver that interfaces with no hardware, and takes data
 * in while it runs
 */
#include <stdatomic.h>

#include <filterd/filter.h>

struct virtual_driver {
	uint64_t data;			/* what it began with */
	_Atomic uint64_t now;
};

static const struct filter_param params[] = {
	{ .name = "data", .type = FILTER_NUMBER,
	  .at = offsetof(struct virtual_driver, data), .preset = "17",
	  .summary = "what it holds", .flags = FILTER_LIVE, .max = 1000 },
	{ .name = NULL },
};

static int init(void *self)
{
	struct virtual_driver *driver = self;

	driver->now = driver->data;
	return 0;
}

static int set(void *self, struct filter_next *next,
	       const struct filter_param *param, const void *value)
{
	struct virtual_driver *driver = self;

	(void)next;
	(void)param;			/* there is one */
	driver->now = *(const uint64_t *)value;
	return 0;
}

static void status(void *self, void (*put)(void *arg, const char *key,
					   uint64_t value), void *arg)
{
	const struct virtual_driver *driver = self;

	put(arg, "data_count", driver->now);
}

static const struct filter_ops virtual_driver = {
	.abi		= FILTERD_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= "virtual-driver",
	.summary	= "holds a number that others set",
	.version	= "1.0.0",
	.instance_size	= sizeof(struct virtual_driver),
	.params		= params,
	.init		= init,
	.set		= set,
	.status		= status,
};

FILTERD_MODULE(virtual_driver);
