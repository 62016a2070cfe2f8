/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * prompt.c - see prompt.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "prompt.h"
#include "secret.h"
#include "terminal.h"

#define LINE_LEN 512u

static ssize_t ask(int tty, const struct prompt *prompt, const char *end,
		   char *buf, struct failure *f)
{
	char line[LINE_LEN];
	ssize_t n;

	(void)snprintf(line, sizeof(line), "%.480s%s: ", prompt->what, end);
	n = terminal_read(tty, line, buf, PROMPT_SECRET_LEN,
			  prompt->cancelled);
	if (n >= 0 || n == -ECANCELED)
		return n;
	if (n == -ENOKEY)
		return failure_set(f, -ENOKEY, EXIT_KEY, "no answer");
	return failure_errno(f, (int)n, "cannot read from the terminal");
}

/* 0, or -EAGAIN: the second was another one. */
static int ask_again(int tty, const struct prompt *prompt, const char *first,
		     ssize_t len, struct failure *f)
{
	char *second = secret_new(PROMPT_SECRET_LEN);
	bool same;
	ssize_t n;

	if (!second)
		return failure_errno(f, -ENOMEM, "passphrase");
	n = ask(tty, prompt, ", once more", second, f);
	same = n == len && memcmp(first, second, (size_t)len) == 0;
	secret_free(second, PROMPT_SECRET_LEN);
	if (n < 0)
		return (int)n;
	if (!same)
		terminal_say(tty, "The two differ.\n");
	return same ? 0 : -EAGAIN;
}

static ssize_t ask_twice(int tty, const struct prompt *prompt, char *buf,
			 struct failure *f)
{
	for (unsigned i = 0; i < PROMPT_TRIES; i++) {
		ssize_t n = ask(tty, prompt, "", buf, f);
		int r = n < 0 ? (int)n : ask_again(tty, prompt, buf, n, f);

		if (r == 0)
			return n;
		if (r != -EAGAIN)
			return r;
	}
	return failure_set(f, -ENOKEY, EXIT_KEY,
			   "the two passphrases differed each time");
}

ssize_t prompt_read(const struct prompt *prompt, char *buf,
		    struct failure *f)
{
	_cleanup_fd_ int tty = -1;

	if (prompt->attempt >= PROMPT_TRIES)
		return -ENOKEY;
	tty = terminal_open();
	if (tty < 0) {
		failure_hint(f, "--key-file or --passphrase-fd gives it "
			     "without a terminal");
		return failure_set(f, -ENOKEY, EXIT_KEY, "%s: there is no "
				   "terminal to ask at", prompt->what);
	}
	if (prompt->attempt > 0)
		terminal_say(tty, "That does not open it.\n");
	return prompt->twice ? ask_twice(tty, prompt, buf, f) :
			       ask(tty, prompt, "", buf, f);
}
