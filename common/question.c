/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * question.c - see question.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "escape.h"
#include "question.h"
#include "terminal.h"
#include "utf8.h"
#include "varlink.h"

#define GIVEN '+'
#define NONE '-'
#define TEXT_LEN 2048u

int question_check(int fd)
{
	int type = 0, domain = 0;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0)
		return errno == ENOTSOCK ? -EPROTOTYPE : -errno;
	return type == SOCK_SEQPACKET && domain == AF_UNIX ? 0 : -EPROTOTYPE;
}

/* Never waits: the other end's buffer is empty when it is his turn. */
static int send_packet(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EPIPE || errno == ECONNRESET ? -ECANCELED :
							       -errno;
	return 0;
}

/* Its length, at most @size; 0: the other one has gone. */
static ssize_t receive_packet(int fd, void *buf, size_t size,
			      const volatile int *cancelled)
{
	ssize_t n;

	do {
		int r = terminal_wait(fd, cancelled);

		if (r < 0)
			return r;
		n = recv(fd, buf, size, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	return (size_t)n > size ? -EBADMSG : n;
}

static int send_question(int fd, const struct question *question)
{
	struct json_object *object = json_object_new_object();
	size_t len = 0;
	const char *text;
	int r = -ENOMEM;

	if (!object)
		return -ENOMEM;
	(void)json_object_object_add(object, "what",
				json_object_new_string(question->what));
	(void)json_object_object_add(object, "attempt",
				json_object_new_int((int)question->attempt));
	(void)json_object_object_add(object, "new",
				json_object_new_boolean(question->fresh));
	text = json_object_to_json_string_length(object,
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text)
		r = send_packet(fd, text, len);
	json_object_put(object);
	return r;
}

ssize_t question_ask(int fd, const struct question *question, char *buf,
		     const volatile int *cancelled)
{
	int r = send_question(fd, question);
	ssize_t n;

	if (r < 0)
		return r;
	n = receive_packet(fd, buf, QUESTION_SECRET_LEN, cancelled);
	if (n <= 0)
		return n == 0 ? -ECANCELED : n;
	if (buf[0] == GIVEN)
		return n - 1;
	return buf[0] == NONE && n == 1 ? -ENOKEY : -EBADMSG;
}

/* It may come from another user's process: made safe to print. */
static int parse(const char *text, struct question *ret)
{
	struct json_object *object = json_tokener_parse(text);
	bool sound = json_object_is_type(object, json_type_object);

	if (sound) {
		escape_again(varlink_string(object, "what"), ret->what,
			     sizeof(ret->what));
		ret->attempt = (unsigned)varlink_number(object, "attempt");
		ret->fresh = varlink_bool(object, "new");
	}
	json_object_put(object);
	return sound ? 1 : -EBADMSG;
}

int question_hear(int fd, struct question *ret,
		  const volatile int *cancelled)
{
	char text[TEXT_LEN + 1];
	ssize_t n = receive_packet(fd, text, TEXT_LEN, cancelled);

	if (n <= 0)
		return (int)n;
	text[n] = '\0';
	return utf8_valid(text, (size_t)n) < (size_t)n ? -EBADMSG :
							 parse(text, ret);
}

int question_answer(int fd, char *buf, ssize_t len)
{
	static const char none = NONE;

	if (len < 0)
		return send_packet(fd, &none, 1);
	buf[0] = GIVEN;
	return send_packet(fd, buf, (size_t)len + 1);
}
