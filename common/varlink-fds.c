/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink-fds.c - see varlink-fds.h
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "util.h"
#include "varlink-fds.h"

static int keep_one(struct varlink_fds *fds, int fd, uint64_t at)
{
	if (fds->n == ARRAY_SIZE(fds->early)) {
		(void)close(fd);
		return -EBADMSG;
	}
	fds->early[fds->n].fd = fd;
	fds->early[fds->n].at = at;
	fds->n++;
	return 0;
}

int varlink_fds_keep(struct varlink_fds *fds, struct msghdr *header,
		     uint64_t at)
{
	int r = header->msg_flags & MSG_CTRUNC ? -EBADMSG : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c;
	     c = CMSG_NXTHDR(header, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd, kept;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			kept = keep_one(fds, fd, at);
			if (kept < 0)
				r = kept;
		}
	}
	return r;
}

int varlink_fds_take(struct varlink_fds *fds, uint64_t end,
		     struct varlink_message *message)
{
	size_t left = 0;
	int r = 0;

	for (size_t i = 0; i < fds->n; i++) {
		if (fds->early[i].at >= end) {
			fds->early[left++] = fds->early[i];
		} else if (message->n_fds < VARLINK_MAX_FDS) {
			message->fds[message->n_fds++] = fds->early[i].fd;
		} else {
			(void)close(fds->early[i].fd);
			r = -EBADMSG;
		}
	}
	fds->n = left;
	return r;
}

void varlink_fds_close(struct varlink_fds *fds)
{
	for (size_t i = 0; i < fds->n; i++)
		(void)close(fds->early[i].fd);
	fds->n = 0;
}

void varlink_fds_attach(struct msghdr *header, const int *fds, size_t n)
{
	struct cmsghdr *c;

	header->msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
}
