/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.h - a verb's command line: one table that parses it, explains it
 * and guesses what was meant
 */
#ifndef FILTERD_OPTIONS_H
#define FILTERD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

enum options_kind {
	OPTIONS_FLAG,		/* bool */
	OPTIONS_TEXT,		/* const char *: the last one counts */
	OPTIONS_LIST,		/* struct options_list: all count */
	OPTIONS_NUMBER,		/* uint64_t */
	OPTIONS_SIZE,		/* uint64_t, bytes: 64M */
	OPTIONS_TIME,		/* uint64_t, milliseconds: 5, 250ms */
};

/* The texts are the command line's; the array is freed by the caller. */
struct options_list {
	const char **items;	/* the last is NULL; NULL when there is none */
	size_t n;
};

void options_list_clear(struct options_list *list);

struct options_entry {
	const char *name;	/* "read-only" */
	char letter;		/* 'r', or 0 */
	enum options_kind kind;
	const char *value;	/* "DIR", what --help calls it; NULL: a flag */
	const char *help;
	void *target;		/* as the kind says; untouched if not given */
};

struct options_usage {
	const char *command;	/* "filterd umount" */
	const char *arguments;	/* "DIR" */
	const char *about;	/* lines of 76 columns, each with its newline */
	const struct options_entry *entries;	/* the last has no name */
};

/*
 * Parses @argv, whose first word is passed over; words that are no options
 * are moved to its end, and *ret_first is the first of them.  -h and --help
 * need no entry.  Returns 0; 1 when help was asked for and printed; -EINVAL
 * said in @f (EXIT_USAGE); -ENOMEM.
 */
int options_parse(const struct options_usage *usage, int argc, char **argv,
		  int *ret_first, struct failure *f);

/* Says in @f that the words are too few or too many, "@text", and where the
   right ones are told.  Returns -EINVAL. */
int options_misused(const struct options_usage *usage, const char *text,
		    struct failure *f);

/* Whether @argv asks for JSON: for errors that come before it is parsed. */
bool options_want_json(char **argv);

#endif /* FILTERD_OPTIONS_H */
