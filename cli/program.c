/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * program.c - see program.h
 */
#include <errno.h>
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

int program_run(const char *const *argv, int *ret_status, struct failure *f)
{
	_cleanup_free_ char *path = find(argv[0]);
	int status, r;
	pid_t pid;

	if (!path)
		return failure_errno(f, -ENOMEM, "cannot run %s", argv[0]);
	r = -posix_spawnp(&pid, path, NULL, NULL, (char *const *)argv,
			  environ);
	if (r < 0)
		return failure_errno(f, r, "cannot run %s", argv[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return failure_errno(f, -errno, "cannot wait for %s",
					     argv[0]);
	status = status_of(status);
	if (ret_status)
		*ret_status = status;
	if (status == 0)
		return 0;
	return failure_set(f, -EIO, EXIT_FAILED,
			   "%s failed (exit code %d)", argv[0], status);
}
