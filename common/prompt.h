/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * prompt.h - a secret asked of the person at the process's own terminal
 */
#ifndef FILTERD_PROMPT_H
#define FILTERD_PROMPT_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

#define PROMPT_TRIES 3
#define PROMPT_SECRET_LEN 4096u	/* with its newline: the terminal's own limit */

struct prompt {
	const char *what;	/* "Passphrase for vault2"; escaped */
	unsigned attempt;	/* 0; after a wrong answer 1 ... */
	bool twice;		/* a new one, which nobody sees typed */
	/* atomic, set from elsewhere: stop waiting; or NULL */
	const volatile int *cancelled;
};

/*
 * Asks, and reads the answer without its newline into @buf, which has
 * PROMPT_SECRET_LEN bytes of secret_new().  Returns its length; -ENOKEY: there
 * is no terminal, no answer or no try left; -ECANCELED; or another negative
 * errno.  Said in @f, but for the last two of -ENOKEY's and -ECANCELED.
 */
ssize_t prompt_read(const struct prompt *prompt, char *buf,
		    struct failure *f);

#endif /* FILTERD_PROMPT_H */
