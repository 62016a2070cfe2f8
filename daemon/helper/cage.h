/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cage.h - what the helper gives up before it looks at foreign bytes
 *
 * Limits on memory, CPU time and files; a user without rights (when started as
 * root); every capability; the file system (Landlock) and all system calls
 * but those that reading, computing and answering take (seccomp).  What a
 * library opens late must be opened before, in the filter's init.
 */
#ifndef FILTERD_CAGE_H
#define FILTERD_CAGE_H

#include <stdbool.h>
#include <stdint.h>

struct cage {
	uint64_t memory;	/* bytes of address space */
	uint64_t file;		/* bytes of one file in memory; 16 at most */
	unsigned cpu_s;
	bool opens;		/* it opens what it has by /proc/self/fd */
	int socket;		/* the one socket it may use */
};

/*
 * Closes the cage on the whole process, which has one thread.  Returns 0; 1
 * when the kernel has no Landlock (then files can be opened where @opens was
 * set, for reading; none where not); or a negative errno: it is not shut.
 */
int cage_enter(const struct cage *cage);

#endif /* FILTERD_CAGE_H */
