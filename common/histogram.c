/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * histogram.c - how long things took, in buckets
 */
#include <stdio.h>

#include "histogram.h"
#include "util.h"

uint64_t histogram_limit(unsigned bucket)
{
	unsigned octave = 8 + (bucket - 1) / 4, quarter = (bucket - 1) % 4;

	if (bucket == 0)
		return 256;
	if (bucket >= HISTOGRAM_BUCKETS - 1)
		return UINT64_MAX;
	return (uint64_t)(4 + quarter + 1) << (octave - 2);
}

uint64_t histogram_quantile(const uint64_t counts[HISTOGRAM_BUCKETS],
			    unsigned permille)
{
	uint64_t all = 0, below = 0, wanted;
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		all += counts[i];
	if (all == 0)
		return 0;
	/* Divided first, lest it overflow; what that loses is under a
	   thousandth of the thousands. */
	wanted = all / 1000 * permille + (all % 1000 * permille + 999) / 1000;
	wanted = MAX(wanted, UINT64_C(1));
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		below += counts[i];
		if (below >= wanted)
			return histogram_limit(i);
	}
	return histogram_limit(HISTOGRAM_BUCKETS - 2);
}

const char *histogram_format(uint64_t ns, char buf[HISTOGRAM_TIME_LEN])
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" },
		{ 1, "ns" },
	};
	size_t i = 0;

	while (units[i].ns > 1 && ns < units[i].ns)
		i++;
	/* Two digits tell as much as the buckets know. */
	if (units[i].ns > 1 && ns < 10 * units[i].ns)
		(void)snprintf(buf, HISTOGRAM_TIME_LEN, "%.1f %s",
			       (double)ns / (double)units[i].ns,
			       units[i].name);
	else
		(void)snprintf(buf, HISTOGRAM_TIME_LEN, "%llu %s",
			       (unsigned long long)(ns / units[i].ns),
			       units[i].name);
	return buf;
}
