/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * peer.h - who is at the other end of a socket, as the kernel says
 */
#ifndef FILTERD_PEER_H
#define FILTERD_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* Who connected: what became of that process since changes nothing. */
struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* 0 or -errno. */
int peer_get(int fd, struct peer *ret);

/* Whether it was in @group when it connected, also by a supplementary one. */
bool peer_in_group(int fd, const struct peer *peer, gid_t group);

#endif /* FILTERD_PEER_H */
