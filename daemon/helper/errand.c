/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errand.c - see errand.h
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "log.h"
#include "util.h"

#include "complaint.h"
#include "effort.h"
#include "errand.h"
#include "excerpt.h"
#include "helper.h"
#include "job.h"
#include "secret.h"
#include "spawn.h"

#define LOOK_MS		100u		/* how soon a cancel is seen */
#define MOST_READ	(256u << 20)	/* all but PREPARE */
#define PREPARE_READ	(1u << 30)
#define MOST_ASKED	16u
#define MOST_FILES	4u		/* each reads megabytes */
#define MOST_SAID	256u		/* a screen is soon full */
#define MOST_MESSAGES	(1u << 17)	/* answering takes no time of its */

unsigned helper_patience_ms = 5000;
unsigned helper_prepare_patience_ms = 180000;

static int reply(struct errand *e, int result, uint64_t len, int32_t number,
		 int pass)
{
	struct wire_message message = {
		.op = WIRE_REPLY, .result = result, .len = len,
		.number = number,
	};
	int r = wire_send(e->socket, &message, pass);

	/* Dead or deaf: the next wait says which. */
	if (r == -EPIPE || r == -ECONNRESET)
		return 0;
	return r < 0 ? complaint_protocol(e) : 0;
}

/* The medium that the helper means, or NULL. */
static struct store *medium_of(const struct errand *e,
			       const struct wire_message *m)
{
	if (m->count == 0)
		return e->store;
	return m->count <= e->n_seconds ? e->seconds[m->count - 1] : NULL;
}

/* To a parser -ENODEV means that a format is not there: that the disk is not
   must be told by another number. */
static int say_gone(int result)
{
	return result == -ENODEV ? -ENXIO : result;
}

/* Layers below never work in memory that the helper can write. */
static int answer_read(struct errand *e, const struct wire_message *m)
{
	struct store *store = medium_of(e, m);
	int r;

	if (!store || m->len > WIRE_BUFFER_LEN)
		return reply(e, -EINVAL, 0, 0, -1);
	if (m->len > e->may_read)
		return reply(e, -EDQUOT, 0, 0, -1);
	e->may_read -= m->len;
	r = store_read(store, e->piece, (size_t)m->len, m->off);
	if (r == 0)
		memcpy(e->buffer, e->piece, (size_t)m->len);
	return reply(e, say_gone(r), 0, 0, -1);
}

static int answer_map(struct errand *e, const struct wire_message *m)
{
	struct store *store = medium_of(e, m);
	uint64_t len = m->len;
	unsigned what = 0;
	int r = store ? store_map(store, m->off, &len, &what) : -EINVAL;

	return reply(e, say_gone(r), len, (int32_t)what, -1);
}

/* The text that came with @m, out of the enemy's reach.  0 or -EPROTO. */
static int take_text(const struct errand *e, const struct wire_message *m,
		     char text[WIRE_TEXT_LEN])
{
	if (m->len >= WIRE_TEXT_LEN)
		return complaint_protocol(e);
	memcpy(text, e->buffer, (size_t)m->len);
	text[m->len] = '\0';
	return 0;
}

static const char *kind_name(int kind)
{
	static const char *const names[] = {
		[FILTER_PASSPHRASE] = "Passphrase",
		[FILTER_NEW_PASSPHRASE] = "New passphrase",
		[FILTER_PIN] = "PIN",
		[FILTER_RECOVERY_KEY] = "Recovery key",
	};

	return kind >= 0 && (size_t)kind < ARRAY_SIZE(names) ? names[kind] :
							       NULL;
}

static int answer_ask(struct errand *e, const struct wire_message *m)
{
	char what[WIRE_TEXT_LEN], question[WIRE_TEXT_LEN + 128];
	const char *kind = kind_name(m->number);
	int r = take_text(e, m, what);

	if (r < 0)
		return r;
	if (!kind)
		return complaint_protocol(e);
	ask_secret_free(&e->secret);
	if (!e->ask || e->asked++ >= MOST_ASKED)
		return reply(e, -ENOKEY, 0, 0, -1);
	/* Ours comes first: a parser that fell cannot ask for another. */
	snprintf(question, sizeof(question), *what ? "%s for %s (%s)" :
		 "%s for %s", kind, e->name, what);
	r = ask_secret(e->ask, m->number, question, m->count, &e->secret,
		       e->f);
	if (r == -ECANCELED)
		return failure_set(e->f, r, EXIT_INTERRUPTED,
				   "interrupted while %s '%s'", e->doing,
				   e->name);
	e->left_ms = e->patience_ms;
	return reply(e, r, e->secret.len, 0, -1);
}

static int answer_secret(struct errand *e, const struct wire_message *m)
{
	if (m->len > WIRE_BUFFER_LEN ||
	    !range_inside(m->off, m->len, e->secret.len))
		return reply(e, -EINVAL, 0, 0, -1);
	if (m->len > 0)
		memcpy(e->buffer, (const char *)e->secret.data + m->off,
		       (size_t)m->len);
	return reply(e, 0, 0, 0, -1);
}

static int answer_file(struct errand *e)
{
	_cleanup_fd_ int fd = -1;
	int r = e->files++ < MOST_FILES ? excerpt_open(e->store, &fd) :
					  -EDQUOT;

	return reply(e, r, 0, 0, fd);
}

static int answer_say(struct errand *e, const struct wire_message *m)
{
	char text[WIRE_TEXT_LEN], safe[ESCAPE_LEN(WIRE_TEXT_LEN)];
	int r = take_text(e, m, text);

	if (r < 0)
		return r;
	if (m->number < FILTER_WHY || m->number > FILTER_DEBUG)
		return complaint_protocol(e);
	if (m->number != FILTER_WHY && e->said++ >= MOST_SAID)
		return reply(e, 0, 0, 0, -1);
	if (m->number == FILTER_WHY)
		snprintf(e->why, sizeof(e->why), "%.*s",
			 (int)sizeof(e->why) - 1, text);
	else if (e->say)
		e->say(e->arg, m->number, text);
	else
		log_debug("helper on '%s': %s", e->name,
			  escape(text, safe, sizeof(safe)));
	return reply(e, 0, 0, 0, -1);
}

static int answer(struct errand *e, const struct wire_message *m)
{
	switch (m->op) {
	case WIRE_READ:
		return answer_read(e, m);
	case WIRE_MAP:
		return answer_map(e, m);
	case WIRE_ASK:
		return answer_ask(e, m);
	case WIRE_SECRET:
		return answer_secret(e, m);
	case WIRE_PROGRESS:
		return reply(e, 0, 0, 0, -1);
	case WIRE_FILE:
		return answer_file(e);
	case WIRE_SAY:
		return answer_say(e, m);
	case WIRE_SIGNATURE:
	case WIRE_SCAN:
		if (!e->found || e->found(e->arg, m, e->buffer) < 0)
			return complaint_protocol(e);
		return reply(e, 0, 0, 0, -1);
	default:
		return complaint_protocol(e);
	}
}

/* Only the time that the helper itself takes is counted: a medium that is
   slow is no fault of its. */
static int wait_for(struct errand *e, struct wire_message *ret)
{
	struct pollfd p = { .fd = e->socket, .events = POLLIN };
	struct effort effort;
	int r;

	effort_begin(&effort, e->pid);
	for (;;) {
		int n = poll(&p, 1, (int)MIN(e->left_ms, LOOK_MS));

		e->left_ms -= MIN(effort_look(&effort), e->left_ms);
		if (job_is_cancelled())
			return failure_set(e->f, -ECANCELED, EXIT_INTERRUPTED,
					   "interrupted while %s '%s'",
					   e->doing, e->name);
		if (n > 0)
			break;
		if (e->left_ms == 0)
			return complaint_late(e);
	}
	r = wire_receive(e->socket, ret, true, NULL);
	if (r == -ECONNRESET)
		return complaint_death(e);
	return r < 0 ? complaint_protocol(e) : 0;
}

int errand_serve(struct errand *e, struct wire_message *ret_end)
{
	struct wire_message m;
	int r;

	for (unsigned n = 0;; n++) {
		r = n < MOST_MESSAGES ? wait_for(e, &m) : complaint_protocol(e);
		if (r < 0)
			return r;
		if (m.op == WIRE_END)
			break;
		r = answer(e, &m);
		if (r < 0)
			return r;
	}
	if (m.result > 0 || m.result < -WIRE_ERRNO_MAX)
		return complaint_protocol(e);
	*ret_end = m;
	return 0;
}

static int put_second(struct errand *e, struct wire_errand *what,
		      struct store *store, size_t setting)
{
	if (!store)
		return 0;
	if (e->n_seconds == WIRE_SECONDS)
		return -E2BIG;
	what->seconds[e->n_seconds] = (struct wire_second){
		.setting = (uint32_t)setting, .medium = store->medium,
	};
	e->seconds[e->n_seconds++] = store;
	what->n_seconds = e->n_seconds;
	return 0;
}

/* Behind the errand in the buffer; the helper gives each key and value back
   its own string. */
static int put_settings(struct errand *e, struct wire_errand *what,
			const struct settings *settings)
{
	char *at = (char *)e->buffer + sizeof(*what);
	size_t left = WIRE_BUFFER_LEN - sizeof(*what);

	for (size_t i = 0; settings && i < settings->n; i++) {
		const char *texts[] = { settings->list[i].key,
					settings->list[i].value };
		int r = put_second(e, what, settings->list[i].store, i);

		if (r < 0)
			return r;
		for (unsigned k = 0; k < ARRAY_SIZE(texts); k++) {
			size_t len = strlen(texts[k]) + 1;

			if (len > left)
				return -E2BIG;
			memcpy(at, texts[k], len);
			at += len;
			left -= len;
		}
	}
	what->settings_len = (uint32_t)(WIRE_BUFFER_LEN - sizeof(*what) -
					left);
	memcpy(e->buffer, what, sizeof(*what));
	return 0;
}

/* Sealed, so that the helper cannot shrink it under our feet. */
static int make_buffer(struct errand *e, int *ret_fd)
{
	_cleanup_fd_ int fd = memfd_create("helper", MFD_CLOEXEC |
					   MFD_ALLOW_SEALING);
	void *at;

	e->piece = aligned_alloc(4096, WIRE_BUFFER_LEN);
	if (!e->piece)
		return -ENOMEM;
	if (fd < 0 || ftruncate(fd, WIRE_BUFFER_LEN) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK |
		  F_SEAL_GROW) < 0)
		return -errno;
	at = mmap(NULL, WIRE_BUFFER_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
		  fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	e->buffer = at;
	secret_protect(at, WIRE_BUFFER_LEN);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int start(struct errand *e, struct wire_errand *what,
		 const struct settings *settings, const int *given)
{
	const struct wire_message first = { .op = WIRE_ERRAND };
	_cleanup_fd_ int buffer = -1, theirs = -1;
	int pair[2];
	int r = make_buffer(e, &buffer);

	if (r == 0)
		r = put_settings(e, what, settings);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	e->socket = pair[0];
	theirs = pair[1];
	r = spawn_helper(theirs, buffer, given, what->n_given, &e->pid);
	return r < 0 ? r : wire_send(e->socket, &first, -1);
}

int errand_open(struct errand *e, struct wire_errand *what,
		const struct settings *settings, const int *given,
		size_t n_given)
{
	bool prepare = what->act == WIRE_PREPARE;
	int r;

	what->version = WIRE_VERSION;
	what->medium = e->store->medium;
	what->n_given = (uint32_t)n_given;
	e->patience_ms = prepare ? helper_prepare_patience_ms :
				   helper_patience_ms;
	e->left_ms = e->patience_ms;
	e->may_read = prepare ? PREPARE_READ : MOST_READ;
	r = start(e, what, settings, given);
	if (r == -EPIPE || r == -ECONNRESET)
		return complaint_death(e);
	if (r == -ENOENT)
		failure_hint(e->f, "filterd's helper program is not where it "
			     "was installed; install it again");
	if (r < 0)
		return failure_errno(e->f, r, "cannot start the helper for "
				     "%s '%s'", e->doing, e->name);
	return 0;
}

void errand_close(struct errand *e)
{
	(void)spawn_end(&e->pid);
	if (e->socket >= 0)
		close(e->socket);
	e->socket = -1;
	if (e->buffer) {
		explicit_bzero(e->buffer, WIRE_BUFFER_LEN);
		(void)munmap(e->buffer, WIRE_BUFFER_LEN);
	}
	e->buffer = NULL;
	free(e->piece);
	e->piece = NULL;
	ask_secret_free(&e->secret);
}
