/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * histogram.h - how long things took, in buckets
 *
 * Four buckets to each doubling, from 256 ns to 68 s: a quantile read from
 * them is at most a quarter too high.  All times are nanoseconds.
 */
#ifndef FILTERD_HISTOGRAM_H
#define FILTERD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 113u

/* Which bucket a time falls into. */
static inline unsigned histogram_bucket(uint64_t ns)
{
	unsigned octave, i;

	if (ns < 256)
		return 0;
	octave = 63u - (unsigned)__builtin_clzll(ns);
	i = 1 + (octave - 8) * 4 + (unsigned)(ns >> (octave - 2) & 3);
	return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

/* The first time that is too long for the bucket; UINT64_MAX: none is. */
uint64_t histogram_limit(unsigned bucket);

/*
 * The time that @permille of all are below, rounded up to a limit of a bucket:
 * 500 is the median.  0 when there are none; the beginning of the last bucket
 * for what lies in that.
 */
uint64_t histogram_quantile(const uint64_t counts[HISTOGRAM_BUCKETS],
			    unsigned permille);

/* "85 us", "1.2 ms", "3 s" into @buf, which is returned. */
#define HISTOGRAM_TIME_LEN 16
const char *histogram_format(uint64_t ns, char buf[HISTOGRAM_TIME_LEN]);

#endif /* FILTERD_HISTOGRAM_H */
