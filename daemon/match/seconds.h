/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seconds.h - the second media that a filter's settings name: a detached header
 *
 * They are files and disks, read and never written, opened with the rights of
 * whoever started filterd, for as long as a helper looks at them: a stick that
 * holds a header can be pulled out when the volume is open.
 */
#ifndef FILTERD_SECONDS_H
#define FILTERD_SECONDS_H

#include "personality.h"
#include "source.h"
#include "wire.h"

struct seconds {
	struct settings settings;	/* a copy, with the media in it */
	struct source *sources[WIRE_SECONDS];
	unsigned n;
};

/* Whether settings of @personality name one. */
bool seconds_named(const struct personality *personality,
		   const struct filter_ops *ops);

/*
 * Opens what FILTER_MEDIUM settings of @personality name.  Returns 0 or a
 * negative errno said in @f; close in any case.
 */
int seconds_open(const struct personality *personality,
		 const struct filter_ops *ops, struct seconds *ret,
		 struct failure *f);
void seconds_close(struct seconds *seconds);

#endif /* FILTERD_SECONDS_H */
