/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * failure.h - an error as its user meets it
 *
 * One line that says what failed, on what and why; one that says what to do;
 * and the exit code.  Functions that a user's request can fail in take a
 * struct failure * as their last argument, fill it, and return the negative
 * errno as always.
 */
#ifndef FILTERD_FAILURE_H
#define FILTERD_FAILURE_H

/* The documented exit codes of filterd and filterctl. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_MATCH = 3,
	EXIT_NOT_FOUND = 4,
	EXIT_BUSY = 5,
	EXIT_KEY = 6,
	EXIT_CORRUPT = 7,
	EXIT_DENIED = 8,
	EXIT_UNSUPPORTED = 9,
	EXIT_INTERRUPTED = 130,
};

/* Zeroed, it says that nothing failed. */
struct failure {
	enum exit_code code;
	char text[512];		/* no full stop, no newline, escaped */
	char hint[512];		/* what to do; "": nothing to advise */
};

/*
 * Says what failed, unless something was said before: the first to know says
 * it best.  @f may be NULL.  Returns @error, a negative errno, so that one can
 * write: return failure_set(f, -EBUSY, EXIT_BUSY, "...").
 */
int failure_set(struct failure *f, int error, enum exit_code code,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* As failure_set with the code of @error, and ": " strerror(-@error). */
int failure_errno(struct failure *f, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the hint, unless there is one. */
void failure_hint(struct failure *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The exit code that fits a negative errno; EXIT_FAILED when none does. */
enum exit_code failure_code(int error);

/* "no-match", "key" ...: the code as a word, for JSON and varlink errors. */
const char *failure_word(enum exit_code code);

/* Prints "NAME: text" and "  hint: ..." to standard error. */
void failure_print(const struct failure *f, const char *name);

#endif /* FILTERD_FAILURE_H */
