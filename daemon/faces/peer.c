/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peer.c - see peer.h and unix(7)
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "peer.h"

int peer_get(int fd, struct peer *ret)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) < 0)
		return -errno;
	*ret = (struct peer){
		.uid = credentials.uid,
		.gid = credentials.gid,
		.pid = credentials.pid,
	};
	return 0;
}

/* The kernel first says how long the list is; it never changes. */
bool peer_in_group(int fd, const struct peer *peer, gid_t group)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t len = 0;

	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 ||
	    errno != ERANGE)
		return false;
	groups = malloc(len);
	if (!groups ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}
