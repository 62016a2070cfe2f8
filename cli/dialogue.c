/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dialogue.c - a connection to a filter that lasts
 *
 * Two connections to the service: one is the talk itself, on which the filter
 * is heard; messages are sent on others, or their answers would wait for its
 * end.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "dialogue.h"
#include "hex.h"
#include "parse.h"
#include "service.h"
#include "util.h"
#include "varlink.h"

#define LINE_MAX_LEN	(128u << 10)

struct dialogue {
	struct varlink *link;
	uint64_t talk;		/* 0: not connected yet */
	bool hex;
	struct failure *f;
	char *line;		/* of LINE_MAX_LEN bytes, the last that came */
	size_t len;
};

static struct json_object *read_line(const struct dialogue *dialogue,
				     const char *line, struct failure *f)
{
	struct json_object *parameters;
	_cleanup_free_ char *digits = NULL;
	size_t len = strcspn(line, " ");
	char number[24];
	uint64_t code;

	(void)snprintf(number, sizeof(number), "%.*s",
		       (int)MIN(len, sizeof(number) - 1), line);
	if (parse_u64(number, &code) < 0 || code > UINT32_MAX) {
		(void)failure_set(f, -EINVAL, EXIT_USAGE,
				  "a line is CODE [DATA]");
		return NULL;
	}
	line += len + (line[len] == ' ');
	digits = dialogue->hex ? strdup(line) : hex_write(line, strlen(line));
	parameters = json_object_new_object();
	json_object_object_add(parameters, "talk",
			       json_object_new_uint64(dialogue->talk));
	json_object_object_add(parameters, "code",
			       json_object_new_uint64(code));
	json_object_object_add(parameters, "room",
			       json_object_new_uint64(65536));
	json_object_object_add(parameters, "data",
			       json_object_new_string(or_empty(digits)));
	return parameters;
}

/* A message that is refused does not end the talk. */
static void send_line(const struct dialogue *dialogue, const char *line)
{
	struct json_object *parameters, *answer = NULL;
	struct failure f = { 0 };
	int r = -EINVAL;

	if (line[0] == '\0')
		return;
	parameters = read_line(dialogue, line, &f);
	if (parameters)
		r = service_collect("Message", parameters, &answer, &f);
	if (r == 0)
		printf("answer: %s\n", varlink_string(answer, "data"));
	else
		printf("error: %s\n", f.text);
	json_object_put(answer);
}

/* Sends the lines that have come whole.  False: the input has ended. */
static bool hear_user(struct dialogue *dialogue)
{
	char *newline, *line = dialogue->line;
	ssize_t n = read(STDIN_FILENO, line + dialogue->len,
			 LINE_MAX_LEN - 1 - dialogue->len);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	dialogue->len += (size_t)n;
	line[dialogue->len] = '\0';
	while ((newline = strchr(line, '\n'))) {
		*newline = '\0';
		send_line(dialogue, line);
		line = newline + 1;
	}
	dialogue->len = strlen(line);
	memmove(dialogue->line, line, dialogue->len + 1);
	return dialogue->len < LINE_MAX_LEN - 1;
}

/* 1: go on; 0: it ended; or a negative errno. */
static int hear_message(struct dialogue *dialogue,
			const struct varlink_message *message)
{
	struct json_object *parameters = message->parameters;

	if (message->error)
		return failure_set(dialogue->f, -EIO, (enum exit_code)
				   varlink_number(parameters, "code"), "%s",
				   varlink_string(parameters, "text"));
	if (dialogue->talk == 0)
		dialogue->talk = varlink_number(parameters, "talk");
	else if (message->continues)
		printf("message: %s\n", varlink_string(parameters, "data"));
	return message->continues;
}

static int hear_filter(struct dialogue *dialogue)
{
	for (;;) {
		struct varlink_message message;
		int r = varlink_receive(dialogue->link, &message, 0);

		if (r == -EAGAIN)
			return 1;
		if (r < 0)
			return failure_errno(dialogue->f, r,
					     "the service cannot be heard");
		if (r == 0)
			return failure_set(dialogue->f, -ECONNRESET,
					   EXIT_FAILED, "the service ended");
		r = hear_message(dialogue, &message);
		varlink_message_clear(&message);
		if (r <= 0)
			return r;
	}
}

static int converse(struct dialogue *dialogue)
{
	struct pollfd fds[2] = {
		{ .fd = varlink_fd(dialogue->link), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	int r = 1;

	while (r > 0) {
		/* Nothing can be sent before there is a talk. */
		if (poll(fds, dialogue->talk ? 2 : 1, -1) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[0].revents)
			r = hear_filter(dialogue);
		if (r > 0 && dialogue->talk && fds[1].revents &&
		    !hear_user(dialogue))
			return 0;
		(void)fflush(stdout);
		fds[0].revents = fds[1].revents = 0;
	}
	return r;
}

int dialogue_run(const char *name, bool hex, struct failure *f)
{
	struct json_object *parameters = json_object_new_object();
	_cleanup_free_ char *line = malloc(LINE_MAX_LEN);
	struct dialogue dialogue = { .hex = hex, .f = f, .line = line };
	int r = line ? service_connect(&dialogue.link, f) :
		failure_errno(f, -ENOMEM, "cannot talk");

	json_object_object_add(parameters, "name",
			       json_object_new_string(name));
	if (r < 0) {
		json_object_put(parameters);
		return r;
	}
	r = varlink_call(dialogue.link, "org.filterd.Manager.Talk",
			 parameters, true, NULL, 0);
	if (r == 0)
		r = converse(&dialogue);
	else
		(void)failure_errno(f, r, "cannot ask the service");
	varlink_free(dialogue.link);
	return r;
}
