/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.h - tallies in OpenMetrics' text, which Prometheus reads
 */
#ifndef FILTERCTL_METRICS_H
#define FILTERCTL_METRICS_H

#include <stdio.h>

#include "tally.h"

void metrics_print(FILE *out, const struct tallies *tallies);

#endif /* FILTERCTL_METRICS_H */
