/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * readers.c - see readers.h
 *
 * A reader has his place in the logbook.  Whenever it has grown, or he has read
 * what he was told, he gets the lines from there on, some at a time.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "events.h"
#include "logbook.h"
#include "readers.h"
#include "util.h"

#define UNREAD (64u << 10)	/* bytes; who has more gets none until later */
#define AT_ONCE 32u		/* lines in an answer: 64 KiB of text at most */

struct reader {
	struct server_call *call;
	char *filter, *medium;		/* only lines about these; NULL: all */
	bool follow;
	uint64_t next;			/* the line to be read */
	struct reader *later;
};

/* An answer in the making. */
struct chunk {
	const struct reader *reader;
	uint64_t next;			/* the line to be read */
	uint64_t before;		/* lines from here on are not read */
	uint64_t lost;			/* lines that were dropped unread */
	size_t n;
	struct json_object *lines;
};

static struct reader *first;
static int grown = -1;			/* an eventfd; written on any thread */
static struct event_watch *watch;

static bool is_about(const char *wanted, const char *about)
{
	return !wanted || streq(wanted, or_empty(about));
}

static bool wants(const struct reader *reader, const struct logbook_line *line)
{
	return is_about(reader->filter, line->about.filter) &&
	       is_about(reader->medium, line->about.medium);
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	if (text)
		json_object_object_add(object, key,
				       json_object_new_string(text));
}

static struct json_object *describe(const struct logbook_line *line)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "time",
			       json_object_new_uint64(line->time));
	add_text(object, "level", log_level_word(line->level));
	add_text(object, "text", line->text);
	add_text(object, "source", line->about.source);
	add_text(object, "medium", line->about.medium);
	add_text(object, "filter", line->about.filter);
	return object;
}

static bool take_line(void *arg, const struct logbook_line *line)
{
	struct chunk *chunk = arg;
	uint64_t number = MIN(line->number, chunk->before);

	chunk->lost += number - chunk->next;
	chunk->next = number;
	if (number == chunk->before)
		return false;
	chunk->next++;
	if (wants(chunk->reader, line)) {
		json_object_array_add(chunk->lines, describe(line));
		chunk->n++;
	}
	return chunk->n < AT_ONCE;
}

/* NULL: of the lines before @before that come next, none is his. */
static struct json_object *read_on(struct reader *reader, uint64_t before)
{
	struct json_object *answer, *lines = json_object_new_array();
	struct chunk chunk = { reader, reader->next, before, 0, 0, lines };

	logbook_read(reader->next, take_line, &chunk);
	reader->next = chunk.next;
	if (chunk.n == 0 && chunk.lost == 0) {
		json_object_put(lines);
		return NULL;
	}
	answer = json_object_new_object();
	json_object_object_add(answer, "lines", lines);
	json_object_object_add(answer, "lost",
			       json_object_new_uint64(chunk.lost));
	return answer;
}

/* With its last answer. */
static void reader_end(struct reader *reader, struct json_object *answer)
{
	struct reader **link = &first;

	while (*link && *link != reader)
		link = &(*link)->later;
	if (*link)
		*link = reader->later;
	if (!answer) {
		answer = json_object_new_object();
		json_object_object_add(answer, "lines",
				       json_object_new_array());
		json_object_object_add(answer, "lost",
				       json_object_new_uint64(0));
	}
	server_reply(reader->call, answer);
	free(reader->filter);
	free(reader->medium);
	free(reader);
}

/* What is logged meanwhile waits for the next time: telling may log. */
static void tell(struct reader *reader)
{
	uint64_t before = logbook_next();

	while (reader->next < before &&
	       server_unread(reader->call) < UNREAD) {
		struct json_object *answer = read_on(reader, before);

		if (answer)
			server_continue(reader->call, answer);
	}
	if (reader->next >= before && !reader->follow)
		reader_end(reader, NULL);
}

static void on_gone(void *arg)
{
	reader_end(arg, NULL);
}

static void on_drained(void *arg)
{
	tell(arg);
}

static const struct server_waiter waiter = { on_gone, on_drained };

static void on_grown(void *arg, uint32_t what)
{
	struct reader *reader, *later;
	uint64_t count;

	(void)arg;
	(void)what;
	(void)!read(grown, &count, sizeof(count));
	for (reader = first; reader; reader = later) {
		later = reader->later;
		tell(reader);
	}
}

/* Any thread.  A full count is as good: it is read then. */
static void tell_grown(void)
{
	const uint64_t one = 1;

	(void)!write(grown, &one, sizeof(one));
}

int readers_open(void)
{
	grown = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (grown < 0)
		return -errno;
	watch = events_watch(grown, on_grown, NULL);
	if (!watch) {
		(void)close(take_fd(&grown));
		return -ENOMEM;
	}
	logbook_open(tell_grown);
	return 0;
}

void readers_close(void)
{
	if (grown < 0)
		return;
	logbook_close();
	events_unwatch(watch);
	(void)close(take_fd(&grown));
}

/* The last @n lines that he wants. */
struct search {
	const struct reader *reader;
	uint64_t *numbers;		/* the oldest at @found % @n */
	size_t n, found;
	uint64_t first;			/* line that there is; 0: none yet */
};

static bool note_line(void *arg, const struct logbook_line *line)
{
	struct search *search = arg;

	if (search->first == 0)
		search->first = line->number;
	if (wants(search->reader, line))
		search->numbers[search->found++ % search->n] = line->number;
	return true;
}

/* What was dropped before he came, he has not lost. */
static uint64_t find_last(const struct reader *reader, uint64_t lines)
{
	uint64_t numbers[LOGBOOK_LINES], next = logbook_next();
	struct search search = { reader, numbers, (size_t)lines, 0, 0 };

	if (lines == 0)
		return next;
	logbook_read(1, note_line, &search);
	if (search.found >= search.n)
		return numbers[search.found % search.n];
	return search.first > 0 ? search.first : next;
}

static char *text_of(struct json_object *parameters, const char *key)
{
	const char *text = varlink_string(parameters, key);

	return *text ? strdup(text) : NULL;
}

static void begin(struct reader *reader, struct server_call *call)
{
	struct json_object *parameters = server_parameters(call);
	uint64_t lines = LOGBOOK_LINES;

	if (json_object_object_get(parameters, "lines"))
		lines = MIN(varlink_number(parameters, "lines"), lines);
	if (!server_wants_more(call))
		lines = MIN(lines, AT_ONCE);
	reader->call = call;
	reader->filter = text_of(parameters, "filter");
	reader->medium = text_of(parameters, "medium");
	reader->follow = varlink_bool(parameters, "follow");
	reader->next = find_last(reader, lines);
}

void readers_log(struct server_call *call, void *arg)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	(void)arg;
	if (!reader) {
		struct failure f = { 0 };

		(void)failure_errno(&f, -ENOMEM, "cannot read the log");
		server_fail(call, &f);
		return;
	}
	begin(reader, call);
	if (!server_wants_more(call)) {
		reader_end(reader, read_on(reader, logbook_next()));
		return;
	}
	reader->later = first;
	first = reader;
	server_wait(call, &waiter, reader);
	tell(reader);
}

void readers_level(struct server_call *call, void *arg)
{
	const char *word = varlink_string(server_parameters(call), "level");
	struct json_object *reply;
	enum log_level level;

	(void)arg;
	if (*word && log_level_parse(word, &level) < 0) {
		server_invalid(call, "level");
		return;
	}
	if (*word)
		log_set_level(level);
	reply = json_object_new_object();
	add_text(reply, "level", log_level_word(log_get_level()));
	server_reply(call, reply);
}
