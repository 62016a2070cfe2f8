/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress.h - how far something is, on standard error
 *
 * A line that is drawn again and again on a terminal; elsewhere nothing.
 */
#ifndef FILTERCTL_PROGRESS_H
#define FILTERCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool visible;
	bool drawn;
	uint64_t begun_ns, begun_at;	/* when the first was shown */
};

void progress_begin(struct progress *progress);
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
void progress_end(struct progress *progress);	/* wipes the line */

#endif /* FILTERCTL_PROGRESS_H */
