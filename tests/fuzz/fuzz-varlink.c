/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-varlink.c - any bytes, in any pieces and with descriptors, from a peer
 *
 * The pieces change nothing; what was received is sent and received again the
 * same; a frame longer than it may be is refused; no descriptor is lost.
 *
 *	bytes		what the peer sends
 *	3 bytes		how long the pieces are, every how manieth carries
 *			descriptors, and how many spaces stand first
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "util.h"
#include "varlink.h"
#include "varlink-message.h"

#include "fuzz.h"

#define MOST	64		/* messages that are compared */
#define SHORT	12u
#define LONGEST	(16u << 10)	/* escaped, it fits a socket's buffer */

/* A conversation as one end heard it. */
struct heard {
	char *texts[MOST];
	size_t n, fds;
	int end;			/* 0, or the error */
};

struct speech {
	const uint8_t *data;
	size_t len, piece;		/* bytes */
	size_t spaces;			/* before them */
	unsigned passes;		/* each such piece; 0: none */
};

static void forget(struct heard *heard)
{
	for (size_t i = 0; i < heard->n; i++)
		free(heard->texts[i]);
}

static void link_pair(struct varlink **ret, int *ret_peer)
{
	int pair[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			      pair) == 0);
	*ret = varlink_new(pair[0]);
	FUZZ_CHECK(*ret);
	*ret_peer = pair[1];
}

static void check_message(const struct varlink_message *m)
{
	struct json_object *kept = m->parameters;

	FUZZ_CHECK(json_object_is_type(m->body, json_type_object));
	FUZZ_CHECK(json_object_is_type(kept, json_type_object));
	FUZZ_CHECK(m->n_fds <= VARLINK_MAX_FDS);
	json_object_object_foreach(kept, key, value) {
		struct json_object *list = varlink_array(kept, key);

		(void)value;
		FUZZ_CHECK(varlink_string(kept, key));
		(void)varlink_number(kept, key);
		(void)varlink_bool(kept, key);
		FUZZ_CHECK(varlink_count(list) <= LONGEST);
	}
}

/* Any message is one that we could have sent ourselves. */
static void send_again(const struct varlink_message *m)
{
	struct varlink *from, *to;
	struct varlink_message got;
	int peer, r;

	link_pair(&from, &peer);
	to = varlink_new(peer);
	FUZZ_CHECK(to);
	if (m->method)
		r = varlink_call(from, m->method,
				 json_object_get(m->parameters), m->more,
				 NULL, 0);
	else if (m->error)
		r = varlink_error(from, m->error,
				  json_object_get(m->parameters));
	else
		r = varlink_reply(from, json_object_get(m->parameters),
				  m->continues);
	FUZZ_CHECK(r == 0);
	FUZZ_CHECK(varlink_receive(to, &got, 0) == 1);
	FUZZ_CHECK(json_object_equal(got.parameters, m->parameters));
	FUZZ_CHECK(streq(or_empty(got.method), or_empty(m->method)));
	FUZZ_CHECK(m->method || streq(or_empty(got.error),
				      or_empty(m->error)));
	FUZZ_CHECK(got.more == (m->method && m->more));
	FUZZ_CHECK(got.continues == (!m->method && !m->error && m->continues));
	varlink_message_clear(&got);
	FUZZ_CHECK(varlink_receive(to, &got, 0) == -EAGAIN);
	varlink_free(from);
	varlink_free(to);
}

/* The text of a message is that of the message which it is read as. */
static void parse_again(const char *text, size_t len)
{
	struct varlink_message again = { 0 };
	const char *same;
	size_t same_len;

	FUZZ_CHECK(varlink_message_parse(text, len, &again) == 0);
	same = varlink_message_text(again.body, &same_len);
	FUZZ_CHECK(same && same_len == len && memcmp(same, text, len) == 0);
	varlink_message_clear(&again);
}

static void hear(struct heard *heard, struct varlink_message *m)
{
	size_t len;
	const char *text = varlink_message_text(m->body, &len);

	FUZZ_CHECK(text);
	check_message(m);
	heard->fds += m->n_fds;
	if (heard->n < MOST) {
		heard->texts[heard->n] = strdup(text);
		FUZZ_CHECK(heard->texts[heard->n++]);
	}
	parse_again(text, len);
	send_again(m);
	varlink_message_clear(m);
}

/* Takes all that is there.  False: nothing comes any more. */
static bool listen_once(struct varlink *link, struct heard *heard)
{
	struct varlink_message m;
	int r;

	while ((r = varlink_receive(link, &m, 0)) == 1)
		hear(heard, &m);
	if (r == -EAGAIN)
		return true;
	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -EMSGSIZE);
	FUZZ_CHECK(r == 0 || varlink_receive(link, &m, 0) == r);
	heard->end = r;
	return false;
}

/* What stands for every descriptor. */
static int nothing(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	return fd;
}

static ssize_t send_piece(int peer, const void *data, size_t len, unsigned pass)
{
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	_Alignas(struct cmsghdr)
	char control[CMSG_SPACE(VARLINK_MAX_FDS * sizeof(int))] = { 0 };

	if (pass > 0) {
		int fd = nothing();
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(pass * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(pass * sizeof(int));
		for (unsigned i = 0; i < pass; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(fd), &fd,
			       sizeof(fd));
	}
	return sendmsg(peer, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Sends what there is, as fast as it is taken.  False: it is no longer. */
static bool speak(struct varlink *link, int peer, const void *data, size_t len,
		  size_t piece, unsigned passes, struct heard *heard)
{
	unsigned turn = 0;

	for (size_t at = 0; at < len; turn++) {
		bool pass = passes && turn % passes == 0;
		ssize_t n = send_piece(peer, (const char *)data + at,
				       MIN(len - at, piece),
				       pass ? 1 + turn % 5 : 0);

		FUZZ_CHECK(n > 0 || errno == EAGAIN);
		at += n > 0 ? (size_t)n : 0;
		if (!listen_once(link, heard))
			return false;
	}
	return true;
}

static void converse(const struct speech *s, struct heard *heard)
{
	static char spaces[VARLINK_MAX_MESSAGE];
	struct varlink *link;
	int peer;

	if (!spaces[0])
		memset(spaces, ' ', sizeof(spaces));
	*heard = (struct heard){ .end = 1 };
	link_pair(&link, &peer);
	if (speak(link, peer, spaces, s->spaces, 65536, 0, heard) &&
	    speak(link, peer, s->data, s->len, s->piece, s->passes, heard)) {
		FUZZ_CHECK(shutdown(peer, SHUT_WR) == 0);
		FUZZ_CHECK(!listen_once(link, heard));
	}
	FUZZ_CHECK(heard->end <= 0);
	close(peer);
	varlink_free(link);
}

static void check_same(const struct heard *a, const struct heard *b)
{
	FUZZ_CHECK(a->n == b->n && a->end == b->end);
	for (size_t i = 0; i < a->n; i++)
		FUZZ_CHECK(streq(a->texts[i], b->texts[i]));
}

/* The first frame, and whether it is too long. */
static void check_bound(const struct speech *s, const struct heard *heard)
{
	const void *nul = memchr(s->data, '\0', s->len);
	size_t len = nul ? (size_t)((const uint8_t *)nul - s->data) : s->len;

	if (s->spaces + len > VARLINK_MAX_MESSAGE)
		FUZZ_CHECK(heard->n == 0 && heard->end == -EMSGSIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned files;
	struct heard whole, pieces;
	struct speech s;

	if (size < 3 || size > LONGEST)
		return -1;
	(void)nothing();
	files = fuzz_count_files();
	s = (struct speech){ .data = data, .len = size - 3, .piece = LONGEST };
	/* Up to what makes a frame too long, a few bytes more or less.  That is
	   slow: for the shortest alone, and heard once. */
	if (data[size - 1] == 0xff && size <= SHORT) {
		s.spaces = VARLINK_MAX_MESSAGE -
			   MIN(s.len, (size_t)data[size - 2]);
		converse(&s, &whole);
		check_bound(&s, &whole);
		forget(&whole);
		return 0;
	}
	converse(&s, &whole);
	s.piece = 1u + data[size - 3];
	converse(&s, &pieces);
	check_same(&whole, &pieces);
	forget(&pieces);
	/* A descriptor may end it early, and nothing else. */
	s.passes = data[size - 2];
	converse(&s, &pieces);
	FUZZ_CHECK(pieces.n <= whole.n);
	if (pieces.end != -EBADMSG)
		check_same(&whole, &pieces);
	forget(&pieces);
	forget(&whole);
	FUZZ_CHECK(fuzz_count_files() == files);
	return 0;
}
