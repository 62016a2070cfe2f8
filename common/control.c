/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.c - see control.h
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cleanup.h"
#include "control.h"

/* The path through the descriptor is short whatever the directory's is. */
int control_connect(int dir_fd, const char *name, struct varlink **ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct varlink *link;

	if (fd < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path),
		       "/proc/self/fd/%d/%.60s", dir_fd, name);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	link = varlink_new(take_fd(&fd));
	if (!link)
		return -ENOMEM;
	*ret = link;
	return 0;
}
