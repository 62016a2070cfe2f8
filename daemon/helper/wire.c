/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.c - see wire.h
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "wire.h"

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int wire_send(int socket, const struct wire_message *message, int pass)
{
	struct iovec iov = { (void *)message, sizeof(*message) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = { .bytes = { 0 } };
	ssize_t n;

	if (pass >= 0) {
		struct cmsghdr *head;

		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		head = CMSG_FIRSTHDR(&msg);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(pass));
		memcpy(CMSG_DATA(head), &pass, sizeof(pass));
	}
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int passed(struct msghdr *msg)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fd;

	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

int wire_receive(int socket, struct wire_message *ret, bool nowait,
		 int *ret_passed)
{
	struct iovec iov = { ret, sizeof(*ret) };
	union control control;
	/* Without a place for them, the kernel drops descriptors. */
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ret_passed ? control.bytes : NULL,
		.msg_controllen = ret_passed ? sizeof(control.bytes) : 0,
	};
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC |
			    (nowait ? MSG_DONTWAIT : 0));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (ret_passed)
		*ret_passed = passed(&msg);
	if (n == 0)
		return -ECONNRESET;
	if (n != sizeof(*ret) || (msg.msg_flags & MSG_TRUNC) != 0)
		return -EPROTO;
	return 0;
}

bool wire_end_text(char *text, size_t size)
{
	bool ended = memchr(text, '\0', size) != NULL;

	text[size - 1] = '\0';
	return ended;
}
