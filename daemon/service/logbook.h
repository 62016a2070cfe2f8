/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * logbook.h - the last lines of the log, in memory
 *
 * For who asks the service what it said, without a journal and without the
 * right to read it.  The lines are numbered from 1; of those that are many, the
 * oldest are dropped.
 */
#ifndef FILTERD_LOGBOOK_H
#define FILTERD_LOGBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"

#define LOGBOOK_LINES 512

struct logbook_line {
	uint64_t number;
	uint64_t time;			/* microseconds since 1970 */
	enum log_level level;
	const char *text;
	struct log_about about;
};

/*
 * From now on the log's lines are kept, and @added is called for each, on the
 * thread that logs, which may be any; it logs nothing.  Before threads are
 * started; close when they have ended.
 */
void logbook_open(void (*added)(void));
void logbook_close(void);

/* The number that the next line will have. */
uint64_t logbook_next(void);

/* Calls @fn with each line from the number @from on that is still there, in
   order, until it returns false; it logs nothing.  Any thread. */
void logbook_read(uint64_t from,
		  bool (*fn)(void *arg, const struct logbook_line *line),
		  void *arg);

#endif /* FILTERD_LOGBOOK_H */
