/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.h - the log as entries of systemd's journal
 *
 * Each line with PRIORITY=, SYSLOG_IDENTIFIER=, CODE_FILE=, CODE_LINE=,
 * CODE_FUNC=, and what it is about: FILTERD_SOURCE=, FILTERD_MEDIUM=,
 * FILTERD_FILTER=.
 */
#ifndef FILTERD_JOURNAL_H
#define FILTERD_JOURNAL_H

/* After log_open(): if standard error is the journal's, lines go there as
   entries.  Before threads are started. */
void journal_open(void);

#endif /* FILTERD_JOURNAL_H */
