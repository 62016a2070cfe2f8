/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink.c - the two directions of a link: framed bytes, and descriptors
 *
 * What the frames hold is varlink-message.c's.
 *
 * A unix(7) stream ends a read behind the bytes that descriptors were sent
 * with, but may begin it with bytes sent before.  So descriptors belong to the
 * message that has the last byte of their read.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "utf8.h"
#include "util.h"
#include "varlink-message.h"
#include "varlink.h"

#define SEND_TIMEOUT_MS 5000
#define FIRST_BUFFER 4096u

/* A descriptor that has come before its message was whole. */
struct early_fd {
	int fd;
	uint64_t at;		/* of the last byte it came with */
};

/* What is in [start, end) waits: to be parsed, or to be sent. */
struct buffer {
	char *data;
	size_t start, end, size;
};

struct varlink {
	int fd;

	struct buffer in;
	size_t searched;	/* that many bytes of in hold no NUL */
	uint64_t taken;		/* bytes of the stream before them */
	bool ended;
	int receive_error;	/* sticky: the frames are lost */
	struct early_fd early[2 * VARLINK_MAX_FDS];
	size_t n_early;

	struct buffer out;
	bool holding;
	int send_error;		/* sticky: half a message may be sent */
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t waiting(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}

/* Room for @more bytes behind what is there; callers bound it. */
static int reserve(struct buffer *buffer, size_t more)
{
	size_t size = MAX(buffer->size, FIRST_BUFFER);
	char *data;

	if (buffer->size - buffer->end >= more)
		return 0;
	if (buffer->start > 0)
		memmove(buffer->data, buffer->data + buffer->start,
			waiting(buffer));
	buffer->end -= buffer->start;
	buffer->start = 0;
	while (size - buffer->end < more)
		size *= 2;
	if (size == buffer->size)
		return 0;
	data = realloc(buffer->data, size);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->size = size;
	return 0;
}

struct varlink *varlink_new(int fd)
{
	struct varlink *link = calloc(1, sizeof(*link));

	if (!link) {
		(void)close(fd);
		return NULL;
	}
	link->fd = fd;
	return link;
}

void varlink_free(struct varlink *link)
{
	if (!link)
		return;
	for (size_t i = 0; i < link->n_early; i++)
		(void)close(link->early[i].fd);
	(void)close(link->fd);
	free(link->in.data);
	free(link->out.data);
	free(link);
}

int varlink_fd(const struct varlink *link)
{
	return link->fd;
}

/* Waits until @deadline (-1: for ever).  1, 0 when it has passed, -errno. */
static int wait_for(const struct varlink *link, short what, int64_t deadline)
{
	for (;;) {
		struct pollfd poll_fd = { .fd = link->fd, .events = what };
		int left = -1, n;

		if (deadline >= 0)
			left = (int)MAX(deadline - now_ms(), (int64_t)0);
		n = poll(&poll_fd, 1, left);
		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -errno;
	}
}

/* Owns every descriptor of @header, also when it refuses them. */
static int keep_early(struct varlink *link, struct msghdr *header, uint64_t at)
{
	int r = header->msg_flags & MSG_CTRUNC ? -EBADMSG : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c;
	     c = CMSG_NXTHDR(header, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (link->n_early == ARRAY_SIZE(link->early))
				r = -EBADMSG;
			if (r < 0)
				(void)close(fd);
			else
				link->early[link->n_early++] =
					(struct early_fd){ fd, at };
		}
	}
	return r;
}

/* Reads what is there.  0, or -EAGAIN when there is nothing yet. */
static int fill(struct varlink *link)
{
	alignas(struct cmsghdr)
	char control[CMSG_SPACE(VARLINK_MAX_FDS * sizeof(int))];
	struct iovec iov;
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n;
	int r;

	r = reserve(&link->in, FIRST_BUFFER);
	if (r < 0)
		return r;
	iov.iov_base = link->in.data + link->in.end;
	iov.iov_len = link->in.size - link->in.end;
	do
		n = recvmsg(link->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	link->ended = n == 0;
	link->in.end += (size_t)n;
	return keep_early(link, &header,
			  link->taken + waiting(&link->in) - 1);
}

/* Moves the descriptors of the @len bytes that in begins with. */
static int take_early(struct varlink *link, size_t len,
		      struct varlink_message *message)
{
	size_t left = 0;
	int r = 0;

	for (size_t i = 0; i < link->n_early; i++) {
		struct early_fd early = link->early[i];

		if (early.at >= link->taken + len) {
			link->early[left++] = early;
		} else if (message->n_fds < VARLINK_MAX_FDS) {
			message->fds[message->n_fds++] = early.fd;
		} else {
			(void)close(early.fd);
			r = -EBADMSG;
		}
	}
	link->n_early = left;
	return r;
}

/* The frame of @len bytes and a NUL that in begins with. */
static int take_frame(struct varlink *link, size_t len,
		      struct varlink_message *ret)
{
	struct varlink_message message = { 0 };
	int r;

	r = take_early(link, len + 1, &message);
	if (r == 0)
		r = varlink_message_parse(link->in.data + link->in.start, len,
					  &message);
	link->in.start += len + 1;
	link->taken += len + 1;
	link->searched = 0;
	if (r < 0) {
		varlink_message_clear(&message);
		return r;
	}
	*ret = message;
	return 1;
}

/* The first message of in, if it is whole: 1, or 0. */
static int take_message(struct varlink *link, struct varlink_message *ret)
{
	size_t len = waiting(&link->in);
	const char *text, *nul = NULL;

	if (link->searched < len) {
		text = link->in.data + link->in.start;
		nul = memchr(text + link->searched, '\0',
			     len - link->searched);
		if (nul)
			len = (size_t)(nul - text);
	}
	link->searched = len;
	if (len > VARLINK_MAX_MESSAGE)
		return -EMSGSIZE;
	return nul ? take_frame(link, len, ret) : 0;
}

static int receive(struct varlink *link, struct varlink_message *ret,
		   int64_t deadline)
{
	for (;;) {
		int r = take_message(link, ret);

		if (r != 0)
			return r;
		if (link->ended)
			return waiting(&link->in) > 0 ? -EBADMSG : 0;
		r = fill(link);
		if (r == -EAGAIN) {
			r = wait_for(link, POLLIN, deadline);
			if (r == 0)
				return -EAGAIN;
		}
		if (r < 0)
			return r;
	}
}

int varlink_receive(struct varlink *link, struct varlink_message *ret,
		    int timeout_ms)
{
	int r;

	if (link->receive_error < 0)
		return link->receive_error;
	r = receive(link, ret, timeout_ms < 0 ? -1 : now_ms() + timeout_ms);
	if (r < 0 && r != -EAGAIN)
		link->receive_error = r;
	return r;
}

static void attach(struct msghdr *header, const int *fds, size_t n_fds)
{
	struct cmsghdr *c;

	header->msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	c = CMSG_FIRSTHDR(header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
}

/* Sends what the peer takes of out.  1: all is sent; 0: it takes no more. */
static int push(struct varlink *link, const int *fds, size_t n_fds)
{
	alignas(struct cmsghdr)
	char control[CMSG_SPACE(VARLINK_MAX_FDS * sizeof(int))] = { 0 };

	while (waiting(&link->out) > 0) {
		struct iovec iov = { link->out.data + link->out.start,
				     waiting(&link->out) };
		struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;

		if (n_fds > 0 && link->out.start == 0) {
			header.msg_control = control;
			attach(&header, fds, n_fds);
		}
		n = sendmsg(link->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			link->out.start += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
	link->out.start = 0;
	link->out.end = 0;
	return 1;
}

static int push_all(struct varlink *link, const int *fds, size_t n_fds)
{
	int64_t deadline = now_ms() + SEND_TIMEOUT_MS;

	for (;;) {
		int r = push(link, fds, n_fds);

		if (r != 0)
			return r < 0 ? r : 0;
		r = wait_for(link, POLLOUT, deadline);
		if (r <= 0)
			return r < 0 ? r : -ETIMEDOUT;
	}
}

/* Appends one frame to out. */
static int queue(struct varlink *link, const char *text, size_t len)
{
	int r;

	if (len > VARLINK_MAX_MESSAGE)
		return -EMSGSIZE;
	if (utf8_valid(text, len) < len)
		return -EILSEQ;
	if (len + 1 > VARLINK_MAX_HELD - waiting(&link->out))
		return -ENOBUFS;
	r = reserve(&link->out, len + 1);
	if (r < 0)
		return r;
	memcpy(link->out.data + link->out.end, text, len);
	link->out.end += len;
	link->out.data[link->out.end++] = '\0';
	return 0;
}

/* Takes @body; NULL is a lack of memory. */
static int send_body(struct varlink *link, struct json_object *body,
		     const int *fds, size_t n_fds)
{
	const char *text;
	size_t len;
	int r;

	assert(n_fds <= VARLINK_MAX_FDS && (n_fds == 0 || !link->holding));
	text = body ? varlink_message_text(body, &len) : NULL;
	r = text ? link->send_error : -ENOMEM;
	if (r == 0)
		r = queue(link, text, len);
	json_object_put(body);
	if (r == -EMSGSIZE || r == -EILSEQ)
		return r;
	if (r == 0)
		r = link->holding ? push(link, NULL, 0) :
				    push_all(link, fds, n_fds);
	if (r < 0)
		link->send_error = r;
	return r < 0 ? r : 0;
}

int varlink_call(struct varlink *link, const char *method,
		 struct json_object *parameters, bool more, const int *fds,
		 size_t n_fds)
{
	return send_body(link, varlink_message_call(method, parameters, more),
			 fds, n_fds);
}

int varlink_reply(struct varlink *link, struct json_object *parameters,
		  bool continues)
{
	return send_body(link, varlink_message_reply(parameters, continues),
			 NULL, 0);
}

int varlink_error(struct varlink *link, const char *error,
		  struct json_object *parameters)
{
	return send_body(link, varlink_message_error(error, parameters), NULL,
			 0);
}

void varlink_hold(struct varlink *link)
{
	link->holding = true;
}

int varlink_flush(struct varlink *link)
{
	int r = link->send_error;

	if (r == 0)
		r = push(link, NULL, 0);
	if (r < 0) {
		link->send_error = r;
		return r;
	}
	return r == 0;
}
