/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * print.c - see print.h; the one file that includes libsmartcols
 */
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>

#include <libsmartcols.h>

#include "cleanup.h"
#include "escape.h"
#include "parse.h"
#include "print.h"
#include "util.h"
#include "varlink.h"

bool print_utf8(void)
{
	return streq(nl_langinfo(CODESET), "UTF-8");
}

static void cleanup_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

static int add_columns(struct libscols_table *table,
		       const struct print_column *column)
{
	for (; column->heading; column++) {
		int flags = column->tree ? SCOLS_FL_TREE : 0;

		if (column->as == PRINT_SIZE || column->as == PRINT_NUMBER ||
		    column->as == PRINT_COUNT || column->as == PRINT_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (!scols_table_new_column(table, column->heading, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static void format_cell(struct json_object *row,
			const struct print_column *column, char *buf,
			size_t len)
{
	char size[FORMAT_SIZE_LEN];

	switch (column->as) {
	case PRINT_TEXT:
	case PRINT_RIGHT:
		(void)snprintf(buf, len, "%s",
			       varlink_string(row, column->key));
		break;
	case PRINT_TYPE:
		(void)snprintf(buf, len, "%s",
			varlink_string(json_object_object_get(row,
							      column->key),
				       "type"));
		break;
	case PRINT_SIZE:
		(void)snprintf(buf, len, "%s",
			format_size(varlink_number(row, column->key), size));
		break;
	case PRINT_NUMBER:
		(void)snprintf(buf, len, "%llu", (unsigned long long)
			       varlink_number(row, column->key));
		break;
	case PRINT_WRITABLE:
		(void)snprintf(buf, len, "%s",
			       varlink_bool(row, column->key) ? "rw" : "ro");
		break;
	case PRINT_COUNT:
		(void)snprintf(buf, len, "%zu",
			varlink_count(varlink_array(row, column->key)));
		break;
	}
}

/* The line of the last row so far that is called @name. */
static struct libscols_line *find_line(struct json_object *rows,
				       struct libscols_line **lines,
				       size_t n, const char *name)
{
	while (n-- > 0)
		if (streq(varlink_string(json_object_array_get_idx(rows, n),
					 "name"), name))
			return lines[n];
	return NULL;
}

static int fill_line(struct libscols_line *line, struct json_object *row,
		     const struct print_column *columns)
{
	char cell[1024];

	for (size_t i = 0; columns[i].heading; i++) {
		format_cell(row, &columns[i], cell, sizeof(cell));
		if (scols_line_set_data(line, i, cell) != 0)
			return -ENOMEM;
	}
	return 0;
}

static bool has_tree(const struct print_column *column)
{
	for (; column->heading; column++)
		if (column->tree)
			return true;
	return false;
}

static int add_rows(struct libscols_table *table, struct json_object *rows,
		    const struct print_column *columns)
{
	size_t n = json_object_array_length(rows);
	_cleanup_free_ struct libscols_line **lines =
		calloc(n + 1, sizeof(*lines));
	bool tree = has_tree(columns);

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		const char *parent = varlink_string(row, "parent");

		lines[i] = scols_table_new_line(table, tree && *parent ?
			find_line(rows, lines, i, parent) : NULL);
		if (!lines[i] || fill_line(lines[i], row, columns) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int print_lines(struct libscols_table *table, const char *indent)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;

	if (scols_print_table_to_string(table, &text) != 0)
		return -ENOMEM;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (rest || *line)
			printf("%s%s\n", indent, line);
	return 0;
}

int print_table(struct json_object *rows, const struct print_column *columns)
{
	return print_table_below(rows, columns, "");
}

int print_table_below(struct json_object *rows,
		      const struct print_column *columns, const char *indent)
{
	_cleanup_(cleanup_table) struct libscols_table *table = NULL;
	int r;

	if (varlink_count(rows) == 0)
		return 0;
	(void)scols_init_debug(0);
	table = scols_new_table();
	if (!table)
		return -ENOMEM;
	if (!print_utf8())
		scols_table_enable_ascii(table, 1);
	/* It would escape what is escaped already. */
	scols_table_enable_noencoding(table, 1);
	r = add_columns(table, columns);
	if (r == 0)
		r = add_rows(table, rows, columns);
	return r == 0 ? print_lines(table, indent) : r;
}
