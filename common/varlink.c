/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink.c - the two directions of a link: framed bytes, and descriptors
 *
 * What the frames hold is varlink-message.c's, which message a descriptor
 * belongs to varlink-fds.c's.
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

#include "buffer.h"
#include "utf8.h"
#include "util.h"
#include "varlink-fds.h"
#include "varlink-message.h"
#include "varlink.h"

#define SEND_TIMEOUT_MS 5000
#define READ_LEN 4096u

struct varlink {
	int fd;

	struct buffer in;
	struct varlink_limits limits;
	size_t searched;	/* that many bytes of in hold no NUL */
	uint64_t taken;		/* bytes of the stream before them */
	bool ended;
	int receive_error;	/* sticky: the frames are lost */
	struct varlink_fds early;

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

struct varlink *varlink_new(int fd)
{
	struct varlink *link = calloc(1, sizeof(*link));

	if (!link) {
		(void)close(fd);
		return NULL;
	}
	link->fd = fd;
	link->limits = (struct varlink_limits){
		.frame = VARLINK_MAX_MESSAGE, .objects = SIZE_MAX, .fds = true,
	};
	return link;
}

void varlink_free(struct varlink *link)
{
	if (!link)
		return;
	varlink_fds_close(&link->early);
	(void)close(link->fd);
	buffer_clear(&link->in);
	buffer_clear(&link->out);
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

/* Reads what is there.  0, or -EAGAIN when there is nothing yet. */
static int fill(struct varlink *link)
{
	alignas(struct cmsghdr)
	char control[VARLINK_FDS_SPACE];
	struct iovec iov;
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		/* Without room the kernel opens none. */
		.msg_controllen = link->limits.fds ? sizeof(control) : 0,
	};
	ssize_t n;
	int r;

	r = buffer_reserve(&link->in, READ_LEN);
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
	if (!link->limits.fds)
		return 0;
	return varlink_fds_keep(&link->early, &header, link->taken +
				buffer_waiting(&link->in) - 1);
}

/* The frame of @len bytes and a NUL that in begins with. */
static int take_frame(struct varlink *link, size_t len,
		      struct varlink_message *ret)
{
	const char *text = buffer_first(&link->in);
	size_t cost = varlink_message_cost(text, len);
	struct varlink_message message = { 0 };
	int r;

	r = varlink_fds_take(&link->early, link->taken + len + 1, &message);
	message.weight = cost + message.n_fds * VARLINK_FD_WEIGHT;
	if (r == 0 && cost > link->limits.objects)
		r = -EMSGSIZE;
	if (r == 0)
		r = varlink_message_parse(text, len, &message);
	buffer_take(&link->in, len + 1);
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
	size_t len = buffer_waiting(&link->in);
	const char *text, *nul = NULL;

	if (link->searched < len) {
		text = buffer_first(&link->in);
		nul = memchr(text + link->searched, '\0',
			     len - link->searched);
		if (nul)
			len = (size_t)(nul - text);
	}
	link->searched = len;
	if (len > link->limits.frame)
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
			return varlink_midway(link) ? -EBADMSG : 0;
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

void varlink_limit(struct varlink *link, const struct varlink_limits *limits)
{
	link->limits = *limits;
}

bool varlink_midway(const struct varlink *link)
{
	return buffer_waiting(&link->in) > 0;
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

/* Sends what the peer takes of out.  1: all is sent; 0: it takes no more. */
static int push(struct varlink *link, const int *fds, size_t n_fds)
{
	alignas(struct cmsghdr)
	char control[VARLINK_FDS_SPACE] = { 0 };

	while (buffer_waiting(&link->out) > 0) {
		struct iovec iov = { buffer_first(&link->out),
				     buffer_waiting(&link->out) };
		struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;

		if (n_fds > 0 && link->out.start == 0) {
			header.msg_control = control;
			varlink_fds_attach(&header, fds, n_fds);
		}
		n = sendmsg(link->fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			buffer_take(&link->out, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
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
	if (len + 1 > VARLINK_MAX_HELD - buffer_waiting(&link->out))
		return -ENOBUFS;
	r = buffer_reserve(&link->out, len + 1);
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

size_t varlink_unsent(const struct varlink *link)
{
	return buffer_waiting(&link->out);
}

size_t varlink_weight(const struct varlink *link)
{
	return link->in.size + link->out.size +
	       link->early.n * VARLINK_FD_WEIGHT;
}

void varlink_cut(struct varlink *link)
{
	link->receive_error = -ECONNABORTED;
	link->send_error = -ECONNABORTED;
	varlink_fds_close(&link->early);
	buffer_clear(&link->in);
	buffer_clear(&link->out);
	(void)shutdown(link->fd, SHUT_RDWR);
}
