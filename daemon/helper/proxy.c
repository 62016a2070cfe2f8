/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proxy.c - see proxy.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dependency.h"
#include "util.h"

#include "proxy.h"
#include "secret.h"

#define ALIGN 4096u

struct proxy_secret {
	struct proxy_secret *next;
	void *data;
	size_t len;
};

static struct proxy *proxy_of(struct filter_next *next)
{
	return (struct proxy *)next;
}

static int call(const struct wire_message *ask, struct wire_message *ret,
		int *ret_fd)
{
	struct wire_message answer;

	if (wire_send(WIRE_SOCKET_FD, ask, -1) < 0 ||
	    wire_receive(WIRE_SOCKET_FD, &answer, false, ret_fd) < 0 ||
	    answer.op != WIRE_REPLY)
		_exit(EXIT_FAILURE);
	if (ret)
		*ret = answer;
	return answer.result;
}

int proxy_call(const struct wire_message *ask, struct wire_message *ret)
{
	return call(ask, ret, NULL);
}

static int next_read(struct filter_next *next, void *buf, size_t len,
		     uint64_t off)
{
	struct proxy *proxy = proxy_of(next);
	char *at = buf;

	while (len > 0) {
		size_t n = MIN(len, (size_t)WIRE_BUFFER_LEN);
		int r = proxy_call(&(struct wire_message){
			.op = WIRE_READ, .count = proxy->number, .off = off,
			.len = n }, NULL);

		if (r < 0)
			return r;
		memcpy(at, proxy->buffer, n);
		at += n;
		off += n;
		len -= n;
	}
	return 0;
}

static int next_write(struct filter_next *next, const void *buf, size_t len,
		      uint64_t off, unsigned flags)
{
	(void)next, (void)buf, (void)len, (void)off, (void)flags;
	return -EROFS;
}

static int next_flush(struct filter_next *next)
{
	(void)next;
	return 0;
}

static int next_zero(struct filter_next *next, uint64_t len, uint64_t off,
		     unsigned flags)
{
	(void)next, (void)len, (void)off, (void)flags;
	return -EROFS;
}

static int next_discard(struct filter_next *next, uint64_t len, uint64_t off)
{
	(void)next, (void)len, (void)off;
	return -EROFS;
}

static int next_map(struct filter_next *next, uint64_t off, uint64_t *len,
		    unsigned *ret_what)
{
	struct wire_message answer;
	int r = proxy_call(&(struct wire_message){
		.op = WIRE_MAP, .count = proxy_of(next)->number, .off = off,
		.len = *len }, &answer);

	if (r < 0)
		return r;
	*len = answer.len;
	*ret_what = (unsigned)answer.number;
	return 0;
}

static void *next_scratch(struct filter_next *next, size_t len)
{
	struct proxy *proxy = proxy_of(next);
	char *at = proxy->arena + proxy->arena_used;

	if (len > proxy->arena_size - proxy->arena_used)
		return NULL;
	proxy->arena_used += round_up(len, ALIGN);
	return at;
}

static unsigned next_lane(struct filter_next *next)
{
	(void)next;
	return 0;
}

static int next_each(struct filter_next *next, unsigned n,
		     int (*fn)(void *arg, unsigned i), void *arg)
{
	struct proxy *proxy = proxy_of(next);
	size_t mark = proxy->arena_used;
	int first = 0;

	for (unsigned i = 0; i < n; i++) {
		int r = fn(arg, i);

		proxy->arena_used = mark;
		if (first == 0)
			first = r;
	}
	return first;
}

static void *next_keep(struct filter_next *next, size_t len, bool *ret_kept)
{
	(void)next, (void)len, (void)ret_kept;
	return NULL;		/* start's alone */
}

static void *next_ticket(struct filter_next *next, size_t len)
{
	struct proxy *proxy = proxy_of(next);

	if (proxy->ticket || len == 0 || len > WIRE_BUFFER_LEN)
		return NULL;
	proxy->ticket = secret_new(len);
	proxy->ticket_len = proxy->ticket ? len : 0;
	return proxy->ticket;
}

/* The answer in as many pieces as the buffer makes of it. */
static int fetch(struct proxy *proxy, char *at, size_t len)
{
	size_t done = 0;
	int r = 0;

	while (done < len && r == 0) {
		size_t n = MIN(len - done, (size_t)WIRE_BUFFER_LEN);

		r = proxy_call(&(struct wire_message){
			.op = WIRE_SECRET, .off = done, .len = n }, NULL);
		if (r == 0)
			memcpy(at + done, proxy->buffer, n);
		explicit_bzero(proxy->buffer, n);
		done += n;
	}
	return r;
}

static int next_ask(struct filter_next *next, int kind, const char *what,
		    unsigned attempt, struct filter_secret *ret)
{
	struct proxy *proxy = proxy_of(next);
	struct proxy_secret *secret = calloc(1, sizeof(*secret));
	struct wire_message answer;
	int r;

	if (!secret)
		return -ENOMEM;
	what = or_empty(what);
	snprintf(proxy->buffer, WIRE_TEXT_LEN, "%s", what);
	r = proxy_call(&(struct wire_message){
		.op = WIRE_ASK, .number = kind, .count = attempt,
		.len = strlen(proxy->buffer) }, &answer);
	if (r < 0) {
		free(secret);
		return r;
	}
	*secret = (struct proxy_secret){
		.next = proxy->secrets, .data = secret_new(answer.len),
		.len = answer.len,
	};
	if (!secret->data) {
		free(secret);
		return -ENOMEM;
	}
	proxy->secrets = secret;
	r = fetch(proxy, secret->data, secret->len);
	if (r == 0)
		*ret = (struct filter_secret){ secret->data, secret->len };
	return r;
}

static int next_progress(struct filter_next *next, uint64_t done,
			 uint64_t total)
{
	(void)next;
	return proxy_call(&(struct wire_message){
		.op = WIRE_PROGRESS, .off = done, .len = total }, NULL);
}

static int next_file(struct filter_next *next)
{
	int fd = -1;
	int r = call(&(struct wire_message){ .op = WIRE_FILE }, NULL, &fd);

	(void)next;
	if (r < 0)
		return r;
	return fd < 0 ? -EMFILE : fd;
}

static void next_changed(struct filter_next *next)
{
	(void)next;		/* nothing is published here */
}

static void next_lost(struct filter_next *next, int error)
{
	(void)next, (void)error;	/* nothing is written here */
}

static void send_text(struct proxy *proxy, int level)
{
	(void)proxy_call(&(struct wire_message){
		.op = WIRE_SAY, .number = level,
		.len = strlen(proxy->buffer) }, NULL);
}

static void next_say(struct filter_next *next, int level, const char *fmt, ...)
{
	struct proxy *proxy = proxy_of(next);
	va_list args;

	va_start(args, fmt);
	vsnprintf(proxy->buffer, WIRE_TEXT_LEN, fmt, args);
	va_end(args);
	send_text(proxy, level);
}

void proxy_why(struct proxy *proxy, const char *text)
{
	snprintf(proxy->buffer, WIRE_TEXT_LEN, "%s", text);
	send_text(proxy, FILTER_WHY);
}

static const void *next_library(struct filter_next *next, const char *module)
{
	const struct proxy *proxy = proxy_of(next);

	if (!dependency_named(proxy->modules[0], module))
		return NULL;
	for (unsigned i = 1; i < proxy->n_modules; i++)
		if (streq(proxy->modules[i]->name, module))
			return proxy->modules[i]->library;
	return NULL;
}

void proxy_init(struct proxy *proxy, char *buffer,
		const struct filter_medium *medium)
{
	*proxy = (struct proxy){
		.face = {
			.read = next_read, .write = next_write,
			.flush = next_flush, .zero = next_zero,
			.discard = next_discard, .map = next_map,
			.scratch = next_scratch, .lane = next_lane,
			.lanes = 1, .each = next_each, .keep = next_keep,
			.ticket = next_ticket, .ask = next_ask,
			.progress = next_progress, .file = next_file,
			.changed = next_changed, .lost = next_lost,
			.say = next_say, .library = next_library,
		},
		.medium = *medium,
		.buffer = buffer,
	};
	proxy->face.medium = &proxy->medium;
}

void proxy_init_second(struct proxy *proxy, char *buffer,
		       const struct filter_medium *medium, unsigned number)
{
	*proxy = (struct proxy){
		.face = {
			.read = next_read, .write = next_write,
			.flush = next_flush, .zero = next_zero,
			.discard = next_discard, .map = next_map,
		},
		.medium = *medium,
		.number = number,
		.buffer = buffer,
	};
	proxy->face.medium = &proxy->medium;
}

int proxy_lend(struct proxy *proxy, size_t len)
{
	len = round_up(len, ALIGN);
	if (len == 0)
		return 0;
	proxy->arena = aligned_alloc(ALIGN, len);
	if (!proxy->arena)
		return -ENOMEM;
	proxy->arena_size = len;
	return 0;
}

void proxy_forget(struct proxy *proxy)
{
	struct proxy_secret *next;

	for (struct proxy_secret *s = proxy->secrets; s; s = next) {
		next = s->next;
		secret_free(s->data, s->len);
		free(s);
	}
	proxy->secrets = NULL;
}
