/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * logbook.c - see logbook.h
 *
 * A line is one allocation: who logs pays for no more, and a line for which
 * there is no memory is still written where the log goes.
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "logbook.h"
#include "util.h"

struct kept {
	struct logbook_line line;
	char texts[];			/* that the line points to */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by lock: line N is at N % LOGBOOK_LINES; NULL: none. */
static struct kept *ring[LOGBOOK_LINES];
static uint64_t next_number;
static void (*tell_added)(void);

static uint64_t now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Copies @text to *to, which is moved behind it. */
static const char *put(char **to, const char *text)
{
	char *at = *to;

	if (!text)
		return NULL;
	*to = stpcpy(at, text) + 1;
	return at;
}

static struct kept *keep(const struct log_entry *entry)
{
	const struct log_about *about = &entry->about;
	struct kept *kept = malloc(sizeof(*kept) + size_of(entry->text) +
				   size_of(about->source) +
				   size_of(about->medium) +
				   size_of(about->filter));
	char *to;

	if (!kept)
		return NULL;
	to = kept->texts;
	kept->line.time = now();
	kept->line.level = entry->level;
	kept->line.text = put(&to, entry->text);
	kept->line.about.source = put(&to, about->source);
	kept->line.about.medium = put(&to, about->medium);
	kept->line.about.filter = put(&to, about->filter);
	return kept;
}

static void add(const struct log_entry *entry)
{
	struct kept *kept = keep(entry);
	struct kept **place, *old;

	if (!kept)
		return;
	(void)pthread_mutex_lock(&lock);
	kept->line.number = next_number++;
	place = &ring[kept->line.number % LOGBOOK_LINES];
	old = *place;
	*place = kept;
	(void)pthread_mutex_unlock(&lock);
	free(old);
	tell_added();
}

void logbook_open(void (*added)(void))
{
	next_number = 1;
	tell_added = added;
	log_set_listener(add);
}

void logbook_close(void)
{
	log_set_listener(NULL);
	for (size_t i = 0; i < LOGBOOK_LINES; i++) {
		free(ring[i]);
		ring[i] = NULL;
	}
}

uint64_t logbook_next(void)
{
	uint64_t number;

	(void)pthread_mutex_lock(&lock);
	number = next_number;
	(void)pthread_mutex_unlock(&lock);
	return number;
}

void logbook_read(uint64_t from,
		  bool (*fn)(void *arg, const struct logbook_line *line),
		  void *arg)
{
	uint64_t oldest;

	(void)pthread_mutex_lock(&lock);
	oldest = next_number > LOGBOOK_LINES ? next_number - LOGBOOK_LINES : 1;
	for (uint64_t n = MAX(from, oldest); n < next_number; n++)
		if (!fn(arg, &ring[n % LOGBOOK_LINES]->line))
			break;
	(void)pthread_mutex_unlock(&lock);
}
