/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * start.h - putting a map's partitions or a filter's layer on a medium
 */
#ifndef FILTERD_START_H
#define FILTERD_START_H

#include "candidate.h"

/*
 * Both add children to the pass's medium.  Where something of another category
 * stands on it already, what is started now cannot write: two writers who know
 * nothing of each other would destroy both.  On error the tree is as before,
 * and @f says what happened.
 */
int start_map(struct pass *pass, const struct candidate *candidate,
	      struct failure *f);

/*
 * Prepares (asks for keys) and starts.  -ENOKEY and -EKEYREJECTED: no or wrong
 * key.  At 0 the new medium has taken the candidate's module.
 */
int start_filter(struct pass *pass, struct candidate *candidate,
		 struct failure *f);

#endif /* FILTERD_START_H */
