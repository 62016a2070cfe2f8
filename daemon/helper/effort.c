/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * effort.c - see effort.h
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "effort.h"
#include "util.h"

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t cpu_ms(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? clock_ms(clock) : 0;
}

/* proc_pid_stat(5): the state follows the name, which may hold anything. */
static bool wants_to_run(pid_t pid)
{
	char path[32], text[256];
	_cleanup_fd_ int fd = -1;
	const char *end;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	end = strrchr(text, ')');
	return end && strncmp(end, ") R", 3) == 0;
}

void effort_begin(struct effort *effort, pid_t pid)
{
	*effort = (struct effort){ .pid = pid,
				   .wall_ms = clock_ms(CLOCK_MONOTONIC),
				   .cpu_ms = cpu_ms(pid) };
}

uint64_t effort_look(struct effort *effort)
{
	const struct effort before = *effort;

	effort_begin(effort, before.pid);
	if (wants_to_run(before.pid))
		return effort->cpu_ms - MIN(before.cpu_ms, effort->cpu_ms);
	return effort->wall_ms - before.wall_ms;
}
