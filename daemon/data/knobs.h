/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * knobs.h - the settings of a running layer: to be seen, and the LIVE ones to
 * be turned
 */
#ifndef FILTERD_KNOBS_H
#define FILTERD_KNOBS_H

#include <stdbool.h>

#include "layer.h"

/*
 * Sets @key to what @text says, on the running filter; blocks while another
 * job of the layer runs.  0, or said in @f: -EINVAL, no such setting or value;
 * -EOPNOTSUPP, not while it runs; -ENXIO, it does not run; or what the filter
 * says.  On error all is as before.
 */
int knobs_set(struct layer *layer, const char *key, const char *text,
	      struct failure *f);

/* Whether knobs_set() can ever succeed. */
bool knobs_turns(const struct layer *layer, const struct filter_param *param);

/*
 * All settings, with their values as a user would write them, NULL: not set;
 * of a secret "set".  @fn must not block, nor call anything of knobs.h.  Any
 * thread.
 */
void knobs_each(struct layer *layer,
		void (*fn)(void *arg, const struct filter_param *param,
			   const char *text), void *arg);

#endif /* FILTERD_KNOBS_H */
