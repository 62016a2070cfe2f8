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
#include <unistd.h>

#include "log.h"
#include "utf8.h"
#include "util.h"

#define LINE_LEN 2048

static const char *log_name = "filterd";
static bool to_journal;
static atomic_int log_level = LOG_LEVEL_INFO;

/* sd-daemon(3): syslog's numbers. */
static const int priority[] = {
	[LOG_LEVEL_ERR]		= 3,
	[LOG_LEVEL_WARNING]	= 4,
	[LOG_LEVEL_INFO]	= 6,
	[LOG_LEVEL_DEBUG]	= 7,
};

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
	to_journal = stderr_is_journal();
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	char line[LINE_LEN];
	va_list args;
	size_t len;
	int n;

	if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
		return;

	if (to_journal)
		n = snprintf(line, sizeof(line) - 1, "<%d>", priority[level]);
	else
		n = snprintf(line, sizeof(line) - 1, "%s: ", log_name);
	len = n < 0 ? 0 : strlen(line);

	errno = saved;		/* for %m */
	va_start(args, fmt);
	n = vsnprintf(line + len, sizeof(line) - 1 - len, fmt, args);
	va_end(args);
	if (n >= 0) {
		utf8_mend(line);
		len = strlen(line);
		line[len++] = '\n';
		/* Where the log itself cannot be written, nobody can be told.
		   */
		while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
			;
	}
	errno = saved;
}
