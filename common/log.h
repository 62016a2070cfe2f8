/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.h - what goes to standard error, or to who takes it over
 *
 * On a terminal and in a file: "filterd: text".  Under the journal: with the
 * <N> priority prefix of sd-daemon(3) and no name.  Text that comes from a
 * disk, a file or a client is escaped by the caller (escape.h).  Nothing is
 * logged for each request.
 */
#ifndef FILTERD_LOG_H
#define FILTERD_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
		 LOG_LEVEL_DEBUG };

/* "err", "warning", "info", "debug"; parsing gives 0, or -EINVAL and leaves
   *ret. */
const char *log_level_word(enum log_level level);
int log_level_parse(const char *word, enum log_level *ret);

/* The number that syslog(3) and the journal give it. */
int log_priority(enum log_level level);

/* @name begins each line; it must outlive the process's logging. */
void log_open(const char *name);

/* Nothing above @level is written.  Until set: LOG_LEVEL_INFO.  Any thread. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Whether standard error is the journal's, as log_open() found it. */
bool log_in_journal(void);

/* What a line is about, for programs that read it; NULL: it does not say. */
struct log_about {
	const char *source;	/* "sdb" */
	const char *medium;	/* "sdb2.crypt" */
	const char *filter;	/* "crypt" */
};

struct log_place {
	const char *file, *function;
	int line;
};

/* One line on its way. */
struct log_entry {
	enum log_level level;
	const char *name;		/* log_open()'s */
	const char *text;		/* valid UTF-8, without a newline */
	struct log_about about;
	const struct log_place *place;	/* in our sources */
};

/*
 * From now on @writer gets each line in place of standard error, which gets it
 * after all where @writer returns false; and @listener gets it too.  On any
 * thread, several at a time; they log nothing.  NULL: nobody.  Before threads
 * are started.
 */
void log_set_writer(bool (*writer)(const struct log_entry *entry));
void log_set_listener(void (*listener)(const struct log_entry *entry));

/* Any thread; one write a line, so that lines do not mix.  @about may be
   NULL. */
void log_write(enum log_level level, const struct log_about *about,
	       const struct log_place *place, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#ifdef __FILE_NAME__		/* without the builder's folders */
#define LOG_FILE __FILE_NAME__
#else
#define LOG_FILE __FILE__
#endif

#define log_about(about, level, ...)					\
	log_write(level, about,						\
		  &(const struct log_place){ LOG_FILE, __func__,	\
					     __LINE__ }, __VA_ARGS__)
#define log_at(level, ...) log_about(NULL, level, __VA_ARGS__)

#define log_err(...)	 log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* FILTERD_LOG_H */
