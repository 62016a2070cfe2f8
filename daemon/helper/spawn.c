/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn.c - see spawn.h
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "util.h"

#include "helper.h"
#include "paths.h"
#include "spawn.h"
#include "wire.h"

#define REAP_TRIES 1000		/* of 1 ms */

const char *helper_program;

/* Above the helper's own numbers: dup2(2) there would close one of ours. */
static int lift(int fd, int *ret)
{
	int r = fcntl(fd, F_DUPFD_CLOEXEC, WIRE_END_FD);

	if (r < 0)
		return -errno;
	*ret = r;
	return 0;
}

/* @fds are to become WIRE_SOCKET_FD and those behind it. */
static int set_files(posix_spawn_file_actions_t *files, const int *fds,
		     size_t n)
{
	int r = 0;

	for (int fd = 0; fd < 3 && r == 0; fd++) {
#ifdef SANITIZED
		if (fd == STDERR_FILENO)
			break;		/* what they find is printed there */
#endif
		r = posix_spawn_file_actions_addopen(files, fd, "/dev/null",
						     O_RDWR, 0);
	}
	for (int i = 0; i < (int)n && r == 0; i++)
		r = posix_spawn_file_actions_adddup2(files, fds[i],
						     WIRE_SOCKET_FD + i);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(files,
			WIRE_SOCKET_FD + (int)n);
	return -r;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
				     POSIX_SPAWN_SETSIGDEF |
				     POSIX_SPAWN_SETPGROUP);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	return -r;
}

static int spawn(const int *fds, size_t n, pid_t *ret_pid)
{
	const char *program = helper_program ? helper_program :
					       paths_helper();
	char *const argv[] = { "filterd-helper", NULL };
	char *const envp[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&files);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		posix_spawn_file_actions_destroy(&files);
		return -r;
	}
	r = set_files(&files, fds, n);
	if (r == 0)
		r = set_attributes(&attributes);
	if (r == 0)
		r = -posix_spawn(ret_pid, program, &files, &attributes, argv,
				 envp);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return r;
}

int spawn_helper(int socket, int buffer, const int *given, size_t n_given,
		 pid_t *ret_pid)
{
	int fds[2 + WIRE_GIVEN_MAX] = { socket, buffer };
	size_t n = 2 + n_given, lifted = 0;
	int r = 0;

	assert(n_given <= WIRE_GIVEN_MAX);
	memcpy(fds + 2, given, n_given * sizeof(*given));
	while (lifted < n && r == 0) {
		r = lift(fds[lifted], &fds[lifted]);
		lifted += r == 0;
	}
	if (r == 0)
		r = spawn(fds, n, ret_pid);
	while (lifted > 0)
		close(fds[--lifted]);
	return r;
}

static void *wait_long(void *arg)
{
	(void)waitpid((pid_t)(intptr_t)arg, NULL, 0);
	return NULL;
}

static void leave_behind(pid_t pid)
{
	pthread_attr_t detached;
	pthread_t thread;

	if (pthread_attr_init(&detached) != 0)
		return;
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	/* Without a thread it stays a zombie: no harm, and nothing to do. */
	(void)pthread_create(&thread, &detached, wait_long,
			     (void *)(intptr_t)pid);
	pthread_attr_destroy(&detached);
}

int spawn_end(pid_t *pid)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	pid_t old = *pid;
	int status = SIGKILL;

	if (old < 0)
		return 0;
	*pid = -1;
	/* One that is dying already keeps the cause of its death. */
	(void)kill(old, SIGKILL);
	for (unsigned i = 0; i < REAP_TRIES; i++) {
		pid_t got = waitpid(old, &status, WNOHANG);

		if (got == old)
			return status;
		if (got < 0 && errno != EINTR)
			return SIGKILL;		/* SIGCHLD is ignored here */
		nanosleep(&nap, NULL);
	}
	leave_behind(old);
	return SIGKILL;
}
