/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * log.h - what goes to standard error
 *
 * On a terminal and in a file: "filterd: text".  Under the journal: with the
 * <N> priority prefix of sd-daemon(3) and no name.  Text that comes from a
 * disk, a file or a client is escaped by the caller (escape.h).
 */
#ifndef FILTERD_LOG_H
#define FILTERD_LOG_H

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
		 LOG_LEVEL_DEBUG };

/* "err", "warning", "info", "debug"; parsing gives 0, or -EINVAL and leaves
   *ret. */
const char *log_level_word(enum log_level level);
int log_level_parse(const char *word, enum log_level *ret);

/* @name begins each line; it must outlive the process's logging. */
void log_open(const char *name);

/* Nothing above @level is written.  Until set: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Any thread; one write(2) a line, so that lines do not mix. */
void log_at(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_err(...)	 log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* FILTERD_LOG_H */
