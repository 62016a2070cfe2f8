/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * question.h - a secret asked of another process: what passes over the socket
 * between who needs it and who can ask the person (the agent)
 *
 * The socket is one end of a SOCK_SEQPACKET pair, each message a packet.
 *
 *	{"what": "Passphrase for vault2", "attempt": 0, "new": false}
 *	+sesame
 *
 * or "-": no answer.  "what" is one line, escaped; after a wrong answer
 * "attempt" is 1, 2; "new" is a passphrase that is to be typed twice.  The
 * secret is bytes, not text, and in no JSON.  Who closes his end gives up.
 */
#ifndef FILTERD_QUESTION_H
#define FILTERD_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define QUESTION_SECRET_LEN 4096u	/* bytes, the sign in front included */

struct question {
	char what[512];
	unsigned attempt;
	bool fresh;		/* "new" */
};

/* Whether @fd can be such an end.  0, -EPROTOTYPE or another negative errno. */
int question_check(int fd);

/*
 * The asking end.  Asks and waits for the answer, until *cancelled (may be
 * NULL) is set; @buf has QUESTION_SECRET_LEN bytes of secret_new(), and the
 * secret begins at its second byte.  Returns its length; -ENOKEY: no answer;
 * -ECANCELED: cancelled, or the agent has gone; -EBADMSG or another negative
 * errno.
 */
ssize_t question_ask(int fd, const struct question *question, char *buf,
		     const volatile int *cancelled);

/*
 * The agent's end.  question_hear() waits like that: 1, 0 when the other one
 * has gone, or a negative errno.  question_answer() sends the @len bytes at
 * @buf + 1, whose first byte is its own; negative: there is no answer.
 */
int question_hear(int fd, struct question *ret,
		  const volatile int *cancelled);
int question_answer(int fd, char *buf, ssize_t len);

#endif /* FILTERD_QUESTION_H */
