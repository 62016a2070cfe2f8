/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.c - see log.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log.h"
#include "utf8.h"
#include "util.h"

#define LINE_LEN 2048

static const char *log_name = "filterd";
static bool in_journal;
static atomic_int log_level = LOG_LEVEL_INFO;
static bool (*log_writer)(const struct log_entry *entry);
static void (*log_listener)(const struct log_entry *entry);

/* sd-daemon(3): syslog's numbers. */
static const int priority[] = {
	[LOG_LEVEL_ERR]		= 3,
	[LOG_LEVEL_WARNING]	= 4,
	[LOG_LEVEL_INFO]	= 6,
	[LOG_LEVEL_DEBUG]	= 7,
};

int log_priority(enum log_level level)
{
	return priority[level];
}

static const char *const words[] = {
	[LOG_LEVEL_ERR]		= "err",
	[LOG_LEVEL_WARNING]	= "warning",
	[LOG_LEVEL_INFO]	= "info",
	[LOG_LEVEL_DEBUG]	= "debug",
};

const char *log_level_word(enum log_level level)
{
	return words[level];
}

int log_level_parse(const char *word, enum log_level *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!streq(words[i], word))
			continue;
		*ret = (enum log_level)i;
		return 0;
	}
	return -EINVAL;
}

/* The variable is inherited by everything below a service; only if it names
   this very descriptor does the journal read it (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;
	int len = 0;

	if (!stream ||
	    sscanf(stream, "%ju:%ju%n", &dev, &ino, &len) != 2 ||
	    stream[len] != '\0')
		return false;
	return fstat(STDERR_FILENO, &st) == 0 && (uintmax_t)st.st_dev == dev &&
	       (uintmax_t)st.st_ino == ino;
}

void log_open(const char *name)
{
	log_name = name;
	in_journal = stderr_is_journal();
}

bool log_in_journal(void)
{
	return in_journal;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

enum log_level log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(&log_level,
						    memory_order_relaxed);
}

void log_set_writer(bool (*writer)(const struct log_entry *entry))
{
	log_writer = writer;
}

void log_set_listener(void (*listener)(const struct log_entry *entry))
{
	log_listener = listener;
}

static struct iovec text_of(const char *s)
{
	return (struct iovec){ (void *)s, strlen(s) };
}

/* Where the log itself cannot be written, nobody can be told. */
static void write_plain(const struct log_entry *entry)
{
	struct iovec line[3];
	char prefix[64];

	if (in_journal)
		(void)snprintf(prefix, sizeof(prefix), "<%d>",
			       log_priority(entry->level));
	else
		(void)snprintf(prefix, sizeof(prefix), "%s: ", entry->name);
	line[0] = text_of(prefix);
	line[1] = text_of(entry->text);
	line[2] = text_of("\n");
	while (writev(STDERR_FILENO, line, ARRAY_SIZE(line)) < 0 &&
	       errno == EINTR)
		;
}

void log_write(enum log_level level, const struct log_about *about,
	       const struct log_place *place, const char *fmt, ...)
{
	char text[LINE_LEN] = "";
	struct log_entry entry = { level, log_name, text, { 0 }, place };
	int saved = errno;
	va_list args;

	if (level > log_get_level())
		return;
	if (about)
		entry.about = *about;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	utf8_mend(text);

	if (log_listener)
		log_listener(&entry);
	if (!log_writer || !log_writer(&entry))
		write_plain(&entry);
	errno = saved;
}
