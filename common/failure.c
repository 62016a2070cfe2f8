/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failure.c - see failure.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "utf8.h"
#include "util.h"

static const struct {
	enum exit_code code;
	const char *word;
} words[] = {
	{ EXIT_OK,		"ok" },
	{ EXIT_FAILED,		"failed" },
	{ EXIT_USAGE,		"usage" },
	{ EXIT_NO_MATCH,	"no-match" },
	{ EXIT_NOT_FOUND,	"not-found" },
	{ EXIT_BUSY,		"busy" },
	{ EXIT_KEY,		"key" },
	{ EXIT_CORRUPT,		"corrupt" },
	{ EXIT_DENIED,		"denied" },
	{ EXIT_UNSUPPORTED,	"unsupported" },
	{ EXIT_INTERRUPTED,	"interrupted" },
};

static const struct {
	int error;
	enum exit_code code;
} codes[] = {
	{ ENOENT,		EXIT_NOT_FOUND },
	{ ENODEV,		EXIT_NOT_FOUND },
	{ ENXIO,		EXIT_NOT_FOUND },
	{ EBUSY,		EXIT_BUSY },
	{ ETXTBSY,		EXIT_BUSY },
	{ ENOKEY,		EXIT_KEY },
	{ EKEYEXPIRED,		EXIT_KEY },
	{ EKEYREVOKED,		EXIT_KEY },
	{ EKEYREJECTED,		EXIT_KEY },
	{ EBADMSG,		EXIT_CORRUPT },
	{ EUCLEAN,		EXIT_CORRUPT },
	{ EILSEQ,		EXIT_CORRUPT },
	{ EACCES,		EXIT_DENIED },
	{ EPERM,		EXIT_DENIED },
	{ EROFS,		EXIT_DENIED },
	{ EOPNOTSUPP,		EXIT_UNSUPPORTED },
	{ ENOSYS,		EXIT_UNSUPPORTED },
	{ EPROTONOSUPPORT,	EXIT_UNSUPPORTED },
	{ EINTR,		EXIT_INTERRUPTED },
	{ ECANCELED,		EXIT_INTERRUPTED },
};

enum exit_code failure_code(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i].error == -error)
			return codes[i].code;
	return error == 0 ? EXIT_OK : EXIT_FAILED;
}

const char *failure_word(enum exit_code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].code == code)
			return words[i].word;
	return "failed";
}

static bool is_said(const struct failure *f)
{
	return f->code != EXIT_OK || f->text[0] != '\0';
}

__attribute__((format(printf, 3, 0)))
static void say(char *buf, size_t size, const char *fmt, va_list args)
{
	if (vsnprintf(buf, size, fmt, args) < 0)
		buf[0] = '\0';
	utf8_mend(buf);
}

int failure_set(struct failure *f, int error, enum exit_code code,
		const char *fmt, ...)
{
	va_list args;

	if (!f || is_said(f))
		return error;
	f->code = code;
	va_start(args, fmt);
	say(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	return error;
}

int failure_errno(struct failure *f, int error, const char *fmt, ...)
{
	const char *why;
	char reason[128];
	size_t room;
	va_list args;

	if (!f || is_said(f))
		return error;
	f->code = failure_code(error);
	why = strerror_r(-error, reason, sizeof(reason));

	/* A long name is cut rather than the reason behind it. */
	room = sizeof(f->text) - MIN(strlen(why), sizeof(reason)) - 2;
	va_start(args, fmt);
	say(f->text, room, fmt, args);
	va_end(args);
	room = strlen(f->text);
	snprintf(f->text + room, sizeof(f->text) - room, ": %s", why);
	return error;
}

void failure_hint(struct failure *f, const char *fmt, ...)
{
	va_list args;

	if (!f || f->hint[0] != '\0')
		return;
	va_start(args, fmt);
	say(f->hint, sizeof(f->hint), fmt, args);
	va_end(args);
}

void failure_print(const struct failure *f, const char *name)
{
	if (!is_said(f))
		return;
	fprintf(stderr, "%s: %s\n", name,
		f->text[0] ? f->text : failure_word(f->code));
	if (f->hint[0] != '\0')
		fprintf(stderr, "  hint: %s\n", f->hint);
}
