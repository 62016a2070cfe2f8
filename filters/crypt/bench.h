/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench.h - how fast the ciphers are on this machine
 */
#ifndef BENCH_H
#define BENCH_H

#include <filterd/filter.h>

/*
 * The verb "bench": says one line (FILTER_INFO) for each usual cipher, of
 * sectors of 4096 bytes on one processor.  Needs no medium, takes 0.2 s, and
 * borrows BENCH_SCRATCH bytes.
 */
#define BENCH_SCRATCH 65536u
int bench_run(void *self, const void *args, struct filter_next *next);

#endif /* BENCH_H */
