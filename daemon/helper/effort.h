/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * effort.h - the time that a helper takes, as far as it is its own
 *
 * Who wants to run and is not let, on a machine that is too busy, takes none:
 * then only what it computes counts.  Who sleeps, or loops, takes all of it.
 */
#ifndef FILTERD_EFFORT_H
#define FILTERD_EFFORT_H

#include <stdint.h>
#include <sys/types.h>

struct effort {
	pid_t pid;
	uint64_t wall_ms, cpu_ms;	/* at the last look */
};

void effort_begin(struct effort *effort, pid_t pid);

/* Milliseconds that count since the last look. */
uint64_t effort_look(struct effort *effort);

#endif /* FILTERD_EFFORT_H */
