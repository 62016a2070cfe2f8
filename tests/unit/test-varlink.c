/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-varlink.c - the wire, also from a peer that does not keep to it
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "util.h"
#include "varlink.h"

struct ends {
	struct varlink *link;
	int peer;
};

static struct ends connect_ends(void)
{
	struct ends ends;
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0, pair), 0);
	ends.link = varlink_new(pair[0]);
	ends.peer = pair[1];
	CU_ASSERT_PTR_NOT_NULL_FATAL(ends.link);
	CU_ASSERT_EQUAL(varlink_fd(ends.link), pair[0]);
	return ends;
}

static void disconnect(struct ends *ends)
{
	varlink_free(ends->link);
	if (ends->peer >= 0)
		close(ends->peer);
}

/* With the NUL. */
static void put(const struct ends *ends, const char *text)
{
	size_t len = strlen(text) + 1;

	CU_ASSERT_EQUAL(write(ends->peer, text, len), (ssize_t)len);
}

static void put_fds(const struct ends *ends, const char *text, size_t len,
		    const int *fds, size_t n_fds)
{
	char control[CMSG_SPACE(64 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)text, len };
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(n_fds * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	CU_ASSERT_EQUAL(sendmsg(ends->peer, &header, 0), (ssize_t)len);
}

static int receive(const struct ends *ends, struct varlink_message *ret)
{
	return varlink_receive(ends->link, ret, 0);
}

/* What becomes of one frame. */
static int receive_text(const char *text)
{
	struct ends ends = connect_ends();
	struct varlink_message message = { 0 };
	int r;

	put(&ends, text);
	r = receive(&ends, &message);
	if (r == 1)
		varlink_message_clear(&message);
	disconnect(&ends);
	return r;
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_a_call_has_its_members(void)
{
	struct ends ends = connect_ends();
	struct varlink_message m;

	put(&ends, "{\"method\":\"a.b.C\",\"parameters\":{\"s\":\"x\","
	    "\"n\":18446744073709551615,\"t\":true,\"neg\":-1,\"f\":1.5},"
	    "\"more\":true,\"oneway\":false}");
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.b.C");
	CU_ASSERT_PTR_NULL(m.error);
	CU_ASSERT_TRUE(m.more && !m.oneway && !m.continues);
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "s"), "x");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "n"), "");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "none"), "");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "n"), UINT64_MAX);
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "neg"), 0);
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "f"), 0);
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "s"), 0);
	CU_ASSERT_TRUE(varlink_bool(m.parameters, "t"));
	CU_ASSERT_FALSE(varlink_bool(m.parameters, "s"));
	CU_ASSERT_FALSE(varlink_bool(m.parameters, "none"));
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EAGAIN);
	disconnect(&ends);
}

static void test_parameters_may_be_missing(void)
{
	static const char *const texts[] = {
		"{\"method\":\"a.B\"}",
		"{\"method\":\"a.B\",\"parameters\":null,\"more\":null}",
		"{\"method\":\"a.B\",\"parameters\":{}}",
	};
	struct ends ends = connect_ends();
	struct varlink_message m;

	for (size_t i = 0; i < 3; i++) {
		put(&ends, texts[i]);
		CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
		CU_ASSERT_TRUE(json_object_is_type(m.parameters,
						   json_type_object));
		CU_ASSERT_EQUAL(json_object_object_length(m.parameters), 0);
		varlink_message_clear(&m);
	}
	disconnect(&ends);
}

static void test_a_message_may_come_byte_by_byte(void)
{
	static const char text[] = "{\"method\":\"a.B\"}";
	struct ends ends = connect_ends();
	struct varlink_message m;

	for (size_t i = 0; i < sizeof(text); i++) {
		CU_ASSERT_EQUAL(receive(&ends, &m), -EAGAIN);
		CU_ASSERT_EQUAL(write(ends.peer, text + i, 1), 1);
	}
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.B");
	varlink_message_clear(&m);
	disconnect(&ends);
}

static void test_messages_may_come_together(void)
{
	static const char text[] = "{\"method\":\"a.A\"}\0{\"method\":\"a.B\"}\0"
				   "{\"meth";
	struct ends ends = connect_ends();
	struct varlink_message m;

	CU_ASSERT_EQUAL(write(ends.peer, text, sizeof(text) - 1),
			sizeof(text) - 1);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.A");
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.B");
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EAGAIN);
	put(&ends, "od\":\"a.C\"}");
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.C");
	varlink_message_clear(&m);
	disconnect(&ends);
}

static void test_what_is_no_message_is_refused(void)
{
	static const char *const texts[] = {
		"", "x", "[]", "1", "null", "\"s\"", "{", "{}}", "{}{}",
		"{\"method\":1}", "{\"error\":{}}", "{\"parameters\":[]}",
		"{\"more\":1}", "{\"oneway\":\"yes\"}", "{\"continues\":{}}",
		"{\"method\":\"a\\u0000b\"}", "{\"a\\u0000\":1}",
		"{\"method\":\"\xff\"}", "{'method':'a'}", "{\"a\":1,}",
		"{\"method\":\"\xf6\xb6\x91\x99\"}",	/* beyond Unicode */
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		int r = receive_text(texts[i]);

		if (r != -EBADMSG)
			printf("# '%s': %d\n", texts[i], r);
		CU_ASSERT_EQUAL(r, -EBADMSG);
	}
	/* A backslash, and then five letters. */
	CU_ASSERT_EQUAL(receive_text("{\"a\":\"\\\\u0000\"}"), 1);
}

static void nest(char *text, size_t depth)
{
	*text = '\0';
	for (size_t i = 0; i < depth; i++)
		strcat(text, "{\"a\":");
	strcat(text, "1");
	for (size_t i = 0; i < depth; i++)
		strcat(text, "}");
}

static void test_too_deep_is_refused(void)
{
	char text[4096];

	nest(text, VARLINK_MAX_DEPTH - 1);
	CU_ASSERT_EQUAL(receive_text(text), 1);
	nest(text, VARLINK_MAX_DEPTH + 1);
	CU_ASSERT_EQUAL(receive_text(text), -EBADMSG);
}

struct flood {
	int fd;
	const char *data;
	size_t len;
};

static void *pour(void *arg)
{
	struct flood *flood = arg;
	size_t sent = 0;

	while (sent < flood->len) {
		ssize_t n = send(flood->fd, flood->data + sent,
				 flood->len - sent, MSG_NOSIGNAL);

		if (n < 0)
			break;
		sent += (size_t)n;
	}
	return NULL;
}

/* One object with a text, @len bytes in all, behind it the NUL. */
static char *make_message(size_t len)
{
	char *text = malloc(len + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'x', len);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + len - 2, "\"}", 3);
	return text;
}

static int receive_long(size_t len)
{
	struct ends ends = connect_ends();
	_cleanup_free_ char *text = make_message(len);
	struct flood flood = { ends.peer, text, len + 1 };
	struct varlink_message m;
	pthread_t thread;
	int r;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, pour, &flood), 0);
	r = varlink_receive(ends.link, &m, 60000);
	if (r == 1)
		varlink_message_clear(&m);
	else
		/* Once lost, the frames stay lost. */
		CU_ASSERT_EQUAL(receive(&ends, &m), r);
	varlink_free(ends.link);
	pthread_join(thread, NULL);
	close(ends.peer);
	return r;
}

static void test_too_long_is_refused(void)
{
	CU_ASSERT_EQUAL(receive_long(VARLINK_MAX_MESSAGE), 1);
	CU_ASSERT_EQUAL(receive_long(VARLINK_MAX_MESSAGE + 1), -EMSGSIZE);
	CU_ASSERT_EQUAL(receive_long(4 * VARLINK_MAX_MESSAGE), -EMSGSIZE);
}

static void test_the_end_is_orderly_between_messages_alone(void)
{
	struct ends ends = connect_ends();
	struct varlink_message m;

	put(&ends, "{}");
	close(take_fd(&ends.peer));
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL(receive(&ends, &m), 0);
	CU_ASSERT_EQUAL(receive(&ends, &m), 0);
	disconnect(&ends);

	ends = connect_ends();
	CU_ASSERT_EQUAL(write(ends.peer, "{", 1), 1);
	close(take_fd(&ends.peer));
	CU_ASSERT_EQUAL(receive(&ends, &m), -EBADMSG);
	disconnect(&ends);
}

static void test_waiting_ends_in_time(void)
{
	struct ends ends = connect_ends();
	struct varlink_message m;
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	CU_ASSERT_EQUAL(varlink_receive(ends.link, &m, 60), -EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CU_ASSERT_TRUE((after.tv_sec - before.tv_sec) * 1000 +
		       (after.tv_nsec - before.tv_nsec) / 1000000 >= 59);
	disconnect(&ends);
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static void test_descriptors_come_with_their_message(void)
{
	static const char text[] = "{\"method\":\"a.A\"}";
	struct ends ends = connect_ends();
	struct varlink_message m;
	int pipes[2], before;

	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	before = count_fds();
	/* The first read brings a message without, and all of A. */
	put(&ends, "{\"method\":\"a.0\"}");
	CU_ASSERT_EQUAL(write(ends.peer, text, sizeof(text) - 1),
			sizeof(text) - 1);
	put_fds(&ends, "", 1, &pipes[0], 1);
	put_fds(&ends, "{\"method\":", 10, &pipes[1], 1);
	put(&ends, "\"a.B\"}");
	put(&ends, "{\"method\":\"a.C\"}");

	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_EQUAL(m.n_fds, 0);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.A");
	CU_ASSERT_EQUAL_FATAL(m.n_fds, 1);
	CU_ASSERT_TRUE(is_same_file(m.fds[0], pipes[0]));
	CU_ASSERT_TRUE(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.B");
	CU_ASSERT_EQUAL_FATAL(m.n_fds, 1);
	CU_ASSERT_TRUE(is_same_file(m.fds[0], pipes[1]));
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_EQUAL(m.n_fds, 0);
	varlink_message_clear(&m);

	CU_ASSERT_EQUAL(count_fds(), before);
	disconnect(&ends);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_too_many_descriptors_are_closed(void)
{
	struct ends ends = connect_ends();
	struct varlink_message m;
	int fds[VARLINK_MAX_FDS + 1], before;

	for (size_t i = 0; i < VARLINK_MAX_FDS + 1; i++)
		fds[i] = STDIN_FILENO;
	before = count_fds();
	put_fds(&ends, "{}", 3, fds, VARLINK_MAX_FDS);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_EQUAL(m.n_fds, VARLINK_MAX_FDS);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL(count_fds(), before);

	put_fds(&ends, "{}", 3, fds, VARLINK_MAX_FDS + 1);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EBADMSG);
	disconnect(&ends);
	CU_ASSERT_EQUAL(count_fds(), before - 2);

	/* Some with each of its bytes. */
	ends = connect_ends();
	for (size_t i = 0; i < 2; i++)
		put_fds(&ends, " ", 1, fds, 9);
	put(&ends, "{}");
	CU_ASSERT_EQUAL(receive(&ends, &m), -EBADMSG);
	disconnect(&ends);
	ends = connect_ends();
	for (size_t i = 0; i < 4; i++)
		put_fds(&ends, " ", 1, fds, VARLINK_MAX_FDS);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EBADMSG);
	disconnect(&ends);
	CU_ASSERT_EQUAL(count_fds(), before - 2);
}

static void test_what_is_sent_arrives(void)
{
	struct ends ends = connect_ends();
	struct varlink *other = varlink_new(ends.peer);
	struct json_object *parameters = json_object_new_object();
	struct varlink_message m;
	int fds[2] = { STDIN_FILENO, STDOUT_FILENO };

	json_object_object_add(parameters, "path",
			       json_object_new_string("/a/\xc3\xa4"));
	CU_ASSERT_EQUAL(varlink_call(ends.link, "a.B", parameters, true, fds,
				     2), 0);
	CU_ASSERT_EQUAL_FATAL(varlink_receive(other, &m, 0), 1);
	CU_ASSERT_STRING_EQUAL(m.method, "a.B");
	CU_ASSERT_TRUE(m.more);
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "path"),
			       "/a/\xc3\xa4");
	CU_ASSERT_EQUAL(m.n_fds, 2);
	varlink_message_clear(&m);

	CU_ASSERT_EQUAL(varlink_reply(other, NULL, true), 0);
	CU_ASSERT_EQUAL(varlink_error(other, "a.Bad", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_TRUE(m.continues && !m.method && !m.error);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
	CU_ASSERT_STRING_EQUAL(m.error, "a.Bad");
	CU_ASSERT_FALSE(m.continues);
	varlink_message_clear(&m);
	varlink_free(ends.link);
	varlink_free(other);
}

static struct json_object *long_text(size_t len)
{
	_cleanup_free_ char *text = make_message(len);
	struct json_object *object = json_object_new_object();

	memset(text, 'y', len);
	json_object_object_add(object, "a", json_object_new_string(text));
	return object;
}

static void test_what_the_peer_would_refuse_is_not_sent(void)
{
	struct ends ends = connect_ends();
	struct json_object *object = json_object_new_object();
	struct varlink_message m;
	char c;

	json_object_object_add(object, "a", json_object_new_string("\xff"));
	CU_ASSERT_EQUAL(varlink_reply(ends.link, object, false), -EILSEQ);
	CU_ASSERT_EQUAL(varlink_reply(ends.link,
				      long_text(VARLINK_MAX_MESSAGE), false),
			-EMSGSIZE);
	CU_ASSERT_TRUE(recv(ends.peer, &c, 1, MSG_DONTWAIT) < 0);
	CU_ASSERT_EQUAL(varlink_reply(ends.link, NULL, false), 0);
	CU_ASSERT_EQUAL(recv(ends.peer, &c, 1, MSG_DONTWAIT), 1);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EAGAIN);
	disconnect(&ends);
}

static void test_a_gone_peer_raises_no_signal(void)
{
	struct ends ends = connect_ends();

	close(take_fd(&ends.peer));
	CU_ASSERT_EQUAL(varlink_reply(ends.link, NULL, false), -EPIPE);
	CU_ASSERT_EQUAL(varlink_reply(ends.link, NULL, false), -EPIPE);
	disconnect(&ends);
}

static void *drain_slowly(void *arg)
{
	int fd = *(int *)arg;
	char buf[65536];
	size_t total = 0;

	usleep(30000);
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n <= 0)
			break;
		total += (size_t)n;
		usleep(1000);
	}
	return (void *)total;
}

static void test_a_slow_peer_gets_all(void)
{
	struct ends ends = connect_ends();
	pthread_t thread;
	void *total;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, drain_slowly,
					     &ends.peer), 0);
	CU_ASSERT_EQUAL(varlink_reply(ends.link, long_text(1000000), false),
			0);
	varlink_free(ends.link);
	pthread_join(thread, &total);
	CU_ASSERT_EQUAL((size_t)total,
			strlen("{\"parameters\":{\"a\":\"\"}}") + 1000001);
	close(ends.peer);
}

static void test_what_is_held_back_is_bounded_and_sent_later(void)
{
	struct ends ends = connect_ends();
	struct varlink *other = varlink_new(ends.peer);
	struct varlink_message m;
	int sent = 0, received = 0, r;

	varlink_hold(ends.link);
	CU_ASSERT_EQUAL(varlink_flush(ends.link), 0);
	while (sent < 3) {
		CU_ASSERT_EQUAL_FATAL(varlink_reply(ends.link,
						    long_text(1000000),
						    false), 0);
		sent++;
	}
	CU_ASSERT_EQUAL(varlink_flush(ends.link), 1);
	while (received < sent) {
		r = varlink_receive(other, &m, 0);
		if (r == -EAGAIN) {
			CU_ASSERT_TRUE(varlink_flush(ends.link) >= 0);
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(r, 1);
		varlink_message_clear(&m);
		received++;
	}
	CU_ASSERT_EQUAL(varlink_flush(ends.link), 0);
	do
		r = varlink_reply(ends.link, long_text(1000000), false);
	while (r == 0 && ++sent < 20);
	CU_ASSERT_EQUAL(r, -ENOBUFS);
	varlink_free(ends.link);
	varlink_free(other);
}

/* What becomes of a text with a descriptor beside it, within these limits. */
static int receive_limited(const char *text,
			   const struct varlink_limits *limits, size_t *weight)
{
	int fd = STDIN_FILENO, before = count_fds(), r;
	struct ends ends = connect_ends();
	struct varlink_message m = { 0 };

	varlink_limit(ends.link, limits);
	put_fds(&ends, text, strlen(text) + 1, &fd, 1);
	r = receive(&ends, &m);
	*weight = m.weight;
	varlink_message_close_fds(&m);
	disconnect(&ends);
	CU_ASSERT_EQUAL(count_fds(), before);
	varlink_message_clear(&m);
	return r;
}

static void test_who_is_not_trusted_has_limits(void)
{
	static const char text[] = "{\"method\":\"a.B\",\"parameters\":"
				   "{\"[,{\\\"[,\":[[],[],[]]}}";
	struct varlink_limits limits = { .frame = sizeof(text) - 1,
					 .objects = 16384, .fds = true };
	struct ends ends = connect_ends();
	struct varlink_message m;
	size_t weight, lighter;
	int fd = STDIN_FILENO, before;

	CU_ASSERT_EQUAL(receive_limited(text, &limits, &weight), 1);
	limits.objects = weight - VARLINK_FD_WEIGHT;
	CU_ASSERT_EQUAL(receive_limited(text, &limits, &lighter), 1);
	CU_ASSERT_EQUAL(weight, lighter);
	limits.objects--;
	CU_ASSERT_EQUAL(receive_limited(text, &limits, &weight), -EMSGSIZE);
	limits.objects++;
	limits.frame--;
	CU_ASSERT_EQUAL(receive_limited(text, &limits, &weight), -EMSGSIZE);

	/* Not even opened. */
	limits.fds = false;
	limits.frame++;
	varlink_limit(ends.link, &limits);
	put_fds(&ends, text, sizeof(text), &fd, 1);
	before = count_fds();
	CU_ASSERT_EQUAL(receive(&ends, &m), 1);
	CU_ASSERT_EQUAL(m.n_fds, 0);
	CU_ASSERT_EQUAL(count_fds(), before);
	varlink_message_clear(&m);
	disconnect(&ends);
}

/* Objects make more of their text than the limit may forget. */
static void test_objects_weigh_what_they_take(void)
{
	static const char *const pieces[] = { "{},", "[],", "0,", "\"\",",
					      "[[]],", "{\"a\":{}}," };

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct ends ends = connect_ends();
		struct varlink_message m;
		size_t len = strlen(pieces[i]), before, taken;
		char text[60000] = "{\"method\":\"a.B\",\"parameters\":"
				   "{\"a\":[";

		while (strlen(text) + len + 8 < sizeof(text))
			strcat(text, pieces[i]);
		strcat(text, "0]}}");
		put(&ends, text);
		before = mallinfo2().uordblks;
		CU_ASSERT_EQUAL_FATAL(receive(&ends, &m), 1);
		taken = mallinfo2().uordblks - before;
		CU_ASSERT_TRUE(taken <= m.weight);
#ifndef SANITIZED		/* it counts nothing then */
		CU_ASSERT_TRUE(m.weight < 8 * taken);
#endif
		varlink_message_clear(&m);
		disconnect(&ends);
	}
}

static void test_what_is_cut_holds_nothing(void)
{
	struct ends ends = connect_ends();
	struct varlink_message m;
	int fds[1] = { STDIN_FILENO }, before = count_fds();
	char c;

	varlink_hold(ends.link);
	while (varlink_unsent(ends.link) == 0)
		CU_ASSERT_EQUAL_FATAL(varlink_reply(ends.link,
						    long_text(100000), false),
				      0);
	put_fds(&ends, "{\"meth", 6, fds, 1);
	CU_ASSERT_EQUAL(receive(&ends, &m), -EAGAIN);
	CU_ASSERT_TRUE(varlink_midway(ends.link));
	CU_ASSERT_TRUE(varlink_weight(ends.link) >
		       varlink_unsent(ends.link) + VARLINK_FD_WEIGHT);
	CU_ASSERT_EQUAL(count_fds(), before + 1);
	varlink_cut(ends.link);
	CU_ASSERT_EQUAL(varlink_weight(ends.link), 0);
	CU_ASSERT_EQUAL(count_fds(), before);
	CU_ASSERT_FALSE(varlink_midway(ends.link));
	CU_ASSERT_EQUAL(receive(&ends, &m), -ECONNABORTED);
	CU_ASSERT_EQUAL(varlink_reply(ends.link, NULL, false), -ECONNABORTED);
	while (read(ends.peer, &c, 1) == 1)
		;
	CU_ASSERT_EQUAL(read(ends.peer, &c, 1), 0);
	disconnect(&ends);
}

CHECK_SUITE("varlink",
	    CHECK(test_a_call_has_its_members),
	    CHECK(test_parameters_may_be_missing),
	    CHECK(test_a_message_may_come_byte_by_byte),
	    CHECK(test_messages_may_come_together),
	    CHECK(test_what_is_no_message_is_refused),
	    CHECK(test_too_deep_is_refused),
	    CHECK(test_too_long_is_refused),
	    CHECK(test_the_end_is_orderly_between_messages_alone),
	    CHECK(test_waiting_ends_in_time),
	    CHECK(test_descriptors_come_with_their_message),
	    CHECK(test_too_many_descriptors_are_closed),
	    CHECK(test_what_is_sent_arrives),
	    CHECK(test_what_the_peer_would_refuse_is_not_sent),
	    CHECK(test_a_gone_peer_raises_no_signal),
	    CHECK(test_a_slow_peer_gets_all),
	    CHECK(test_what_is_held_back_is_bounded_and_sent_later),
	    CHECK(test_who_is_not_trusted_has_limits),
	    CHECK(test_objects_weigh_what_they_take),
	    CHECK(test_what_is_cut_holds_nothing))
