/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.c - see program.h
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "program.h"
#include "util.h"

extern char **environ;

/* mount(8) and its like are not in every user's PATH. */
static char *find(const char *name)
{
	static const char *const dirs[] = {
		"/usr/bin", "/bin", "/usr/sbin", "/sbin",
	};
	char *path;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		if (asprintf(&path, "%s/%s", dirs[i], name) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return strdup(name);
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

/* 0 or a negative errno. */
static int spawn(const char *path, const char *const *argv, bool quiet,
		 pid_t *ret)
{
	posix_spawn_file_actions_t files;
	int r = posix_spawn_file_actions_init(&files);

	if (r != 0)
		return -r;
	if (quiet)
		r = posix_spawn_file_actions_addopen(&files, STDERR_FILENO,
						     "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawnp(ret, path, &files, NULL,
				 (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return -r;
}

int program_run(const char *const *argv, bool quiet, struct failure *f)
{
	_cleanup_free_ char *path = find(argv[0]);
	int status, r;
	pid_t pid;

	r = path ? spawn(path, argv, quiet, &pid) : -ENOMEM;
	if (r < 0)
		return failure_errno(f, r, "cannot run %s", argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failure_errno(f, -errno, "cannot wait for %s",
					     argv[0]);
	status = status_of(status);
	if (status == 0)
		return 0;
	return failure_set(f, -EIO, EXIT_FAILED,
			   "%s failed (exit code %d)", argv[0], status);
}
