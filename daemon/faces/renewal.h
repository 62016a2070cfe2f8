/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renewal.h - an attachment that is matched once more, or measured
 *
 * What stands stays.  Of the media that are due (rematch.h) the files go first,
 * if they have one: one that is open keeps its medium as it is.
 */
#ifndef FILTERD_RENEWAL_H
#define FILTERD_RENEWAL_H

#include "attachment.h"

/*
 * On a job thread, while nothing else happens to the attachment.  What fails on
 * a medium is logged, and others go on: 0, -ENOMEM or -ECANCELED.
 */
int renewal_run(struct attachment *attachment, bool all);

/* Lets what stands on its source follow it (growth.h); likewise. */
void renewal_measure(struct attachment *attachment);

#endif /* FILTERD_RENEWAL_H */
