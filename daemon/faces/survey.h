/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * survey.h - sources looked at for somebody: ListMedia and Explain
 *
 * The matcher runs read-only and without a claim, and starts nothing that
 * would ask for a secret.
 */
#ifndef FILTERD_SURVEY_H
#define FILTERD_SURVEY_H

#include "task.h"

/* {sources}: gives {media}, and {failures} of sources that it could not look
   at.  Without sources: the disks that the caller can read. */
int survey_list(struct task *task, struct failure *f);

/* {source, personality}: gives {media} with their outcomes. */
int survey_explain(struct task *task, struct failure *f);

#endif /* FILTERD_SURVEY_H */
