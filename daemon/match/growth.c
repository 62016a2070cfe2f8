/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * growth.c - a disk that grew, and what stands on it follows
 */
#include "export.h"
#include "growth.h"
#include "refresh.h"

struct growth {
	struct source *source;
	void (*changed)(void *arg, struct medium *medium);
	void *arg;
	int result;
	struct failure *f;
};

static bool measure(struct growth *growth, struct medium *medium)
{
	struct source *source = growth->source;
	bool changed = false;
	int r;

	if (!source->device)
		return false;
	r = device_measure(source->device, &changed);
	if (r < 0 && growth->result == 0)
		growth->result = failure_errno(growth->f, r,
					       "cannot measure '%s' again",
					       medium->name);
	return changed;
}

static bool refresh(struct growth *growth, struct medium *medium)
{
	bool changed = false;
	int r;

	if (!refresh_wanted(medium->layer))
		return false;
	r = refresh_layer(medium->layer, &changed,
			  growth->result == 0 ? growth->f : NULL);
	if (growth->result == 0)
		growth->result = r;
	return changed;
}

static void publish(struct growth *growth, struct medium *medium)
{
	int r = medium->export ? export_follow(medium->export) : 0;

	if (r < 0 && growth->result == 0)
		growth->result = failure_errno(growth->f, r, "cannot show the "
					       "new size of '%s'",
					       medium->name);
	if (growth->changed)
		growth->changed(growth->arg, medium);
}

static int follow(void *arg, struct medium *medium)
{
	struct growth *growth = arg;
	bool changed = false;

	if (medium == growth->source->root)
		changed = growth->source->device && measure(growth, medium);
	else if (medium->layer)
		changed = refresh(growth, medium);
	if (changed)
		publish(growth, medium);
	return 0;
}

int growth_follow(struct source *source,
		  void (*changed)(void *arg, struct medium *medium), void *arg,
		  struct failure *f)
{
	struct growth growth = {
		.source = source, .changed = changed, .arg = arg, .f = f,
	};

	(void)medium_each(source->root, follow, &growth);
	return growth.result;
}
