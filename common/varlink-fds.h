/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink-fds.h - the descriptors that come and go beside the bytes of a link
 *
 * For varlink.c alone.  A unix(7) stream ends a read behind the bytes that
 * descriptors were sent with, but may begin it with bytes sent before.  So
 * descriptors belong to the message that has the last byte of their read.
 */
#ifndef FILTERD_VARLINK_FDS_H
#define FILTERD_VARLINK_FDS_H

#include <sys/socket.h>

#include "varlink.h"

#define VARLINK_FDS_SPACE CMSG_SPACE(VARLINK_MAX_FDS * sizeof(int))

/* Those that have come before their message was whole.  Zeroed: none. */
struct varlink_fds {
	struct {
		int fd;
		uint64_t at;	/* in the stream: the last byte it came with */
	} early[2 * VARLINK_MAX_FDS];
	size_t n;
};

/* Takes every descriptor that @header brought, whose last byte is @at: -EBADMSG
   if some were lost, or there is no room for them. */
int varlink_fds_keep(struct varlink_fds *fds, struct msghdr *header,
		     uint64_t at);

/* Moves those that came before byte @end of the stream to @message; -EBADMSG:
   they are more than a message has. */
int varlink_fds_take(struct varlink_fds *fds, uint64_t end,
		     struct varlink_message *message);

void varlink_fds_close(struct varlink_fds *fds);

/* Sends @n of @fds along with @header, whose msg_control has room for
   VARLINK_FDS_SPACE zeroed bytes. */
void varlink_fds_attach(struct msghdr *header, const int *fds, size_t n);

#endif /* FILTERD_VARLINK_FDS_H */
