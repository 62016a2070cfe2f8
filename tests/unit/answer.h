/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * answer.h - somebody who answers at the control socket in the test's folder
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "folder.h"

/* A child that answers one call with @len bytes, then ends; the caller waits
   for it. */
static inline pid_t answer_with(const char *frames, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char call[4096];
	pid_t pid;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.100s",
		       folder_path(".control"));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		int peer = accept(fd, NULL, NULL);

		_exit(read(peer, call, sizeof(call)) <= 0 ||
		      write(peer, frames, len) < 0);
	}
	close(fd);
	return pid;
}

#endif /* ANSWER_H */
