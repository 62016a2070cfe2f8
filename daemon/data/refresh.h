/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refresh.h - a layer follows the medium below it, which grew or shrank
 */
#ifndef FILTERD_REFRESH_H
#define FILTERD_REFRESH_H

#include "layer.h"

/*
 * What is below has another size, or the filter asked for it: the gate is
 * closed, refresh called, and the gate open again.  Of the medium that the
 * filter then makes the size counts; the rest stays as it was started.  Absent,
 * a transparent filter follows the size below, if it has published all of it;
 * others stay.  *ret_changed: the size of its store is another now, and those
 * above have to follow.  0, or said in @f, and all is as before: -ENXIO, it
 * does not run; -EBADMSG, the filter broke a rule; or what the filter says.
 * Blocks until no request is inside.
 */
int refresh_layer(struct layer *layer, bool *ret_changed, struct failure *f);

/* Whether it has to be: what is below has another size than its filter knows,
   or the filter asked, which is forgotten then.  By whoever would do it. */
bool refresh_wanted(struct layer *layer);

#endif /* FILTERD_REFRESH_H */
