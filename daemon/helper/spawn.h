/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.h - the helper as a process: its birth and its end
 */
#ifndef FILTERD_SPAWN_H
#define FILTERD_SPAWN_H

#include <sys/types.h>

/*
 * Starts the helper with these descriptors (which stay the caller's; @n_given
 * is at most WIRE_GIVEN_MAX) and no other but /dev/null; no signal is blocked or
 * ignored, and the keyboard's do not reach it.  Never forks from threads.  0 or
 * a negative errno.
 */
int spawn_helper(int socket, int buffer, const int *given, size_t n_given,
		 pid_t *ret_pid);

/*
 * Kills *pid if it lives, takes its status (wait(2)) and sets *pid to -1.  One
 * that hangs in the kernel is left to a thread that takes it when it comes
 * back; its status is then that of SIGKILL.
 */
int spawn_end(pid_t *pid);

#endif /* FILTERD_SPAWN_H */
