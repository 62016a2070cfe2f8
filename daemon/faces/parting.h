/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parting.h - how an attachment goes: when nobody uses it, whoever uses it,
 * with its device, or before it was there
 *
 * All return at once; hooks tell the rest.  Main thread.
 */
#ifndef FILTERD_PARTING_H
#define FILTERD_PARTING_H

#include "attachment.h"

/* Begins to detach, unless a volume is open; ends what is still coming up. */
void parting_detach(struct attachment *attachment);

/*
 * The same for who does not want to wait.  parting_leave(): the names are
 * gone at once, who has a volume open goes on, and it detaches when the last
 * has closed.  parting_abort(): nobody goes on; their requests fail with
 * ENOTCONN.  What they have written is flushed.  Both may be called again.
 */
void parting_leave(struct attachment *attachment);
void parting_abort(struct attachment *attachment);

/* Its device has vanished: requests fail with ENXIO from now on, and it leaves
   as above.  May be called again. */
void parting_lost(struct attachment *attachment);

/* For attachment.c: takes down what came up before @error, which the failure
   tells or will. */
void parting_fail(struct attachment *attachment, int error);

#endif /* FILTERD_PARTING_H */
