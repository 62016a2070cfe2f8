/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ini.c - see ini.h; the syntax is that of systemd.syntax(7)
 *
 * Why not libeconf (0.5.1 was tried): it masks and merges drop-ins, and tells
 * the file and line of a value, but not the column.  Of a key that is repeated
 * its getters reach the first value alone, under each of the names.  A line
 * without '=' is taken in silence, quotation marks are dropped, a '#' or ';'
 * behind a value cuts it, a NUL ends it, and invalid UTF-8 passes.  It knows
 * /usr/lib and /etc, but no directory for /run between them.  Personalities
 * need repeated lines, exact values and an error for whatever is wrong, so what
 * would be left for the library is the reading of directories.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "ini.h"
#include "utf8.h"
#include "util.h"

#define BLANKS " \t\r"

/* A line as it stands in the file, without its end. */
struct piece {
	const char *s;
	size_t len;
};

struct reader {
	const char *next, *end;
	struct ini_place at;	/* the line (joined) being read */
	unsigned lines;		/* taken so far */
	ini_key_fn *key;
	ini_error_fn *error;
	void *arg;

	char *line;		/* joined; INI_MAX_LINE bytes and a NUL */
	size_t len;
	bool broken;		/* told of a fault in this line */
	bool faulty;		/* ... in any line */
	char *section;		/* NULL: none yet, or its header is broken */
	bool lost;		/* the header is broken */
};

void ini_tell(ini_error_fn *error, void *arg, const struct ini_place *at,
	      const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	error(arg, at, message);
}

static unsigned column_of(const char *line, size_t off)
{
	unsigned column = 1;

	for (size_t i = 0; i < off; i++)
		column += ((unsigned char)line[i] & 0xc0) != 0x80;
	return column;
}

static void tell(struct reader *reader, unsigned line, unsigned column,
		 const char *message)
{
	const struct ini_place at = { reader->at.file, line, column };

	reader->broken = true;
	reader->faulty = true;
	reader->error(reader->arg, &at, message);
}

/* Of the joined line, whose first piece alone has columns one can count. */
static void tell_at(struct reader *reader, const char *where,
		    const char *message)
{
	tell(reader, reader->at.line,
	     column_of(reader->line, (size_t)(where - reader->line)), message);
}

static bool take_piece(struct reader *reader, struct piece *ret)
{
	size_t left = (size_t)(reader->end - reader->next);
	const char *newline;

	if (left == 0)
		return false;
	newline = memchr(reader->next, '\n', left);
	ret->s = reader->next;
	ret->len = newline ? (size_t)(newline - reader->next) : left;
	reader->next += newline ? ret->len + 1 : left;
	reader->lines++;
	if (ret->len > 0 && ret->s[ret->len - 1] == '\r')
		ret->len--;
	return true;
}

static void check_piece(struct reader *reader, const struct piece *piece)
{
	size_t valid = utf8_valid(piece->s, piece->len);
	const char *nul = memchr(piece->s, '\0', valid);

	if (nul)
		tell(reader, reader->lines,
		     column_of(piece->s, (size_t)(nul - piece->s)),
		     "a NUL byte");
	else if (valid < piece->len)
		tell(reader, reader->lines, column_of(piece->s, valid),
		     "invalid UTF-8");
}

static bool is_comment(const struct piece *piece)
{
	for (size_t i = 0; i < piece->len; i++)
		if (!strchr(BLANKS, piece->s[i]) || piece->s[i] == '\0')
			return piece->s[i] == '#' || piece->s[i] == ';';
	return false;
}

/* A backslash that another one escapes joins nothing. */
static bool is_joined(const struct piece *piece)
{
	size_t n = 0;

	while (n < piece->len && piece->s[piece->len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

static void append(struct reader *reader, const struct piece *piece,
		   bool joined)
{
	if (reader->broken)
		return;
	if (piece->len > INI_MAX_LINE - reader->len) {
		tell(reader, reader->at.line, 1, "a line of more than 64 KiB");
		return;
	}
	memcpy(reader->line + reader->len, piece->s, piece->len);
	reader->len += piece->len;
	if (joined)
		reader->line[reader->len - 1] = ' ';
}

/* Joins the next line with what it is continued by; false at the end. */
static bool take_line(struct reader *reader)
{
	bool joined = false;
	struct piece piece;

	reader->broken = false;
	reader->len = 0;
	if (!take_piece(reader, &piece))
		return false;
	reader->at.line = reader->lines;
	do {
		check_piece(reader, &piece);
		if (is_comment(&piece)) {
			if (!joined)
				break;
			continue;
		}
		joined = is_joined(&piece);
		append(reader, &piece, joined);
	} while (joined && take_piece(reader, &piece));
	reader->line[reader->len] = '\0';
	return true;
}

/* Cuts the blanks off the end of [s, end); returns the first other byte. */
static char *trim(char *s, char *end)
{
	while (end > s && strchr(BLANKS, end[-1]))
		end--;
	*end = '\0';
	return s + strspn(s, BLANKS);
}

/* A key behind a broken header belongs to no section that we know. */
static int read_section(struct reader *reader, char *s)
{
	char *close = strchr(s, ']');
	const char *fault = NULL, *where = s;

	free(take_ptr(&reader->section));
	reader->lost = true;
	if (!close) {
		fault = "a section without its ']'";
	} else if (close[1] != '\0') {
		fault = "text behind the section's ']'";
		where = close + 1;
	} else if (close == s + 1) {
		fault = "a section without a name";
	}
	if (fault) {
		tell_at(reader, where, fault);
		return 0;
	}
	reader->section = strndup(s + 1, (size_t)(close - s - 1));
	reader->lost = false;
	return reader->section ? 0 : -ENOMEM;
}

static int read_key(struct reader *reader, char *s)
{
	char *equals = strchr(s, '='), *value;

	if (!equals || equals == s) {
		tell_at(reader, s, equals ? "a '=' without a key before it" :
					    "neither [Section] nor Key=value");
		return 0;
	}
	if (!reader->section) {
		if (!reader->lost)
			tell_at(reader, s, "a key before the first [Section]");
		return 0;
	}
	value = trim(equals + 1, equals + strlen(equals));
	reader->at.column = column_of(reader->line,
				      (size_t)(value - reader->line));
	(void)trim(s, equals);
	return reader->key(reader->arg, &reader->at, reader->section, s,
			   value);
}

static int read_line(struct reader *reader)
{
	char *s = trim(reader->line, reader->line + reader->len);

	if (reader->broken || *s == '\0')
		return 0;
	return *s == '[' ? read_section(reader, s) : read_key(reader, s);
}

static void skip_byte_order_mark(struct reader *reader)
{
	if (reader->end - reader->next >= 3 &&
	    memcmp(reader->next, "\xef\xbb\xbf", 3) == 0)
		reader->next += 3;
}

int ini_parse(const char *text, size_t len, const char *name, ini_key_fn *key,
	      ini_error_fn *error, void *arg)
{
	struct reader reader = {
		.next = text, .end = text + len,
		.at = { .file = name },
		.key = key, .error = error, .arg = arg,
	};
	_cleanup_free_ char *line = malloc(INI_MAX_LINE + 1);
	int r = 0;

	if (!line)
		return -ENOMEM;
	reader.line = line;
	if (len > INI_MAX_FILE) {
		tell(&reader, 1, 1, "a file of more than 1 MiB");
		return -EBADMSG;
	}
	skip_byte_order_mark(&reader);
	while (r == 0 && take_line(&reader))
		r = read_line(&reader);
	free(reader.section);
	if (r != 0)
		return r;
	return reader.faulty ? -EBADMSG : 0;
}

int ini_read(int fd, const char *name, ini_key_fn *key, ini_error_fn *error,
	     void *arg)
{
	/* One byte more than may be: so a file that is too long shows. */
	const size_t size = INI_MAX_FILE + 1;
	_cleanup_free_ char *text = malloc(size);
	size_t len = 0;

	if (!text)
		return -ENOMEM;
	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return ini_parse(text, len, name, key, error, arg);
}
