/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * print.h - tables and trees for people
 */
#ifndef FILTERCTL_PRINT_H
#define FILTERCTL_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* A column: its heading, and the member of the object that stands in it. */
struct print_column {
	const char *heading;
	const char *key;
	enum print_as {
		PRINT_TEXT,
		PRINT_RIGHT,		/* text, at the right of its column */
		PRINT_TYPE,		/* the "type" of an object */
		PRINT_SIZE,		/* bytes, as people write them */
		PRINT_NUMBER,
		PRINT_WRITABLE,		/* rw, ro */
		PRINT_COUNT,		/* how many an array has */
	} as;
	bool tree;			/* draw the branches here */
};

/*
 * Prints the array @rows as a table; the last column has no heading.  With a
 * tree column, a row stands below the earlier row whose "name" is its
 * "parent".  Texts are escaped by who made them.  0 or -ENOMEM.
 */
int print_table(struct json_object *rows, const struct print_column *columns);

/* The same, with @indent before each line. */
int print_table_below(struct json_object *rows,
		      const struct print_column *columns, const char *indent);

/* Whether the terminal's character set has ticks and branches. */
bool print_utf8(void);

#endif /* FILTERCTL_PRINT_H */
