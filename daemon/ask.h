/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ask.h - where secrets come from: a key file, a descriptor, the terminal, or
 * a process that asks in our place
 *
 * Never the command line, never the environment.  What is read lies in locked
 * memory that stays out of core dumps, and is wiped when it is freed.
 */
#ifndef FILTERD_ASK_H
#define FILTERD_ASK_H

#include <stddef.h>
#include <stdint.h>

#include <filterd/filter.h>

#include "failure.h"
#include "prompt.h"

#define ASK_MAX_SECRET (8u << 20)	/* cryptsetup's limit for key files */
#define ASK_TRIES PROMPT_TRIES		/* of a person */

/* How to answer; zeroed with fd = -1: the terminal, if there is one. */
struct ask {
	const char *key_file;		/* NULL: none; "-": standard input */
	const char *key_name;		/* in messages; NULL: as key_file, or
					   not known */
	uint64_t key_offset;		/* bytes of it to pass over */
	uint64_t key_size;		/* bytes of it to use; 0: all */
	int fd;				/* -1: none; it stays the caller's */
	enum ask_fd {
		ASK_LINE,		/* one line of text: --passphrase-fd */
		ASK_KEY,		/* a key file that somebody opened */
		ASK_AGENT,		/* question.h's, to who has a person;
					   of -1: nobody is asked, not even at
					   our own terminal */
	} fd_is;
	/* atomic, set from a signal: stop waiting for the user */
	const volatile int *cancelled;
};

/*
 * Answers the question @what ("Passphrase for vault2") of @kind
 * (FILTER_PASSPHRASE ...) for the @attempt'th time.  A key file is taken as it
 * is; a line from a descriptor or a person without its newline.  Returns
 * 0; -ENOKEY when there is nobody to ask or no try left; -ECANCELED; or a
 * negative errno, said in @f.  Free with ask_secret_free().
 */
int ask_secret(const struct ask *ask, int kind, const char *what,
	       unsigned attempt, struct filter_secret *ret,
	       struct failure *f);
void ask_secret_free(struct filter_secret *secret);

#endif /* FILTERD_ASK_H */
