/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.c - see journal.h
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

/* The place is the caller's, not this file's. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "journal.h"
#include "log.h"
#include "util.h"

#define FIELDS 9
#define TEXT_LEN 4096		/* all of an entry's fields together */

struct entry {
	struct iovec fields[FIELDS];
	int n;
	char text[TEXT_LEN];
	size_t used;
};

/* Adds "NAME=value", cut where there is no room; without a value nothing. */
static void add(struct entry *entry, const char *name, const char *value)
{
	char *field = entry->text + entry->used;
	size_t room = sizeof(entry->text) - entry->used;
	size_t len;

	if (!value)
		return;
	assert(entry->n < FIELDS);
	(void)snprintf(field, room, "%s=%s", name, value);
	len = strlen(field);
	entry->fields[entry->n++] = (struct iovec){ field, len };
	entry->used += MIN(len + 1, room - 1);
}

static void add_number(struct entry *entry, const char *name, int value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", value);
	add(entry, name, text);
}

/* False: the journal did not take it. */
static bool write_entry(const struct log_entry *line)
{
	struct entry entry = { .n = 0 };

	add_number(&entry, "PRIORITY", log_priority(line->level));
	add(&entry, "SYSLOG_IDENTIFIER", line->name);
	add(&entry, "CODE_FILE", line->place->file);
	add_number(&entry, "CODE_LINE", line->place->line);
	add(&entry, "CODE_FUNC", line->place->function);
	add(&entry, "FILTERD_SOURCE", line->about.source);
	add(&entry, "FILTERD_MEDIUM", line->about.medium);
	add(&entry, "FILTERD_FILTER", line->about.filter);
	add(&entry, "MESSAGE", line->text);
	return sd_journal_sendv(entry.fields, entry.n) >= 0;
}

void journal_open(void)
{
	if (log_in_journal())
		log_set_writer(write_entry);
}
