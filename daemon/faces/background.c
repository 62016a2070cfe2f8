/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * background.c - see background.h
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "background.h"
#include "cleanup.h"

static volatile sig_atomic_t child;

static void pass_on(int number)
{
	(void)kill((pid_t)child, number);
}

/* A byte: the child is ready.  The end without one: it has ended. */
static _Noreturn void wait_for_child(int fd)
{
	const struct sigaction action = { .sa_handler = pass_on };
	int status;
	char ready;
	ssize_t n;

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	do
		n = read(fd, &ready, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EXIT_OK);

	while (waitpid((pid_t)child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(EXIT_FAILED);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED);
}

int background_enter(struct failure *f)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return failure_errno(f, -errno, "cannot go to the background");
	pid = fork();
	if (pid < 0) {
		int r = -errno;

		(void)close(pipe_fds[0]);
		(void)close(pipe_fds[1]);
		return failure_errno(f, r, "cannot go to the background");
	}
	if (pid > 0) {
		child = pid;
		(void)close(pipe_fds[1]);
		wait_for_child(pipe_fds[0]);
	}
	(void)close(pipe_fds[0]);
	return pipe_fds[1];
}

/* A pipe that stays open would keep its reader waiting for ever; a log file
   is kept. */
static void let_go(int fd, int null)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return;
	(void)dup2(null, fd);
}

void background_ready(int fd)
{
	_cleanup_fd_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)fflush(stdout);
	(void)setsid();
	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		let_go(STDOUT_FILENO, null);
		let_go(STDERR_FILENO, null);
	}
	/* If the parent is gone, nobody waits. */
	(void)!write(fd, "", 1);
	(void)close(fd);
}
