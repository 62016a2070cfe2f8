/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errand.h - one helper process, from its start to its end
 *
 * The daemon's side of the wire: starts the process with its few descriptors,
 * answers what it asks, counts the time that it takes, and puts it away.
 * Whatever it sends is checked here; it is never believed.
 */
#ifndef FILTERD_ERRAND_H
#define FILTERD_ERRAND_H

#include <sys/types.h>

#include "ask.h"
#include "settings.h"
#include "store.h"
#include "wire.h"

struct errand {
	/* The caller's. */
	const char *doing;		/* "examining", for messages */
	const char *name;		/* the medium's */
	const char *filter;		/* whose act it is; NULL: maps */
	struct store *store;
	const struct ask *ask;		/* NULL: there is nobody to ask */
	void (*say)(void *arg, int level, const char *text);	/* or NULL */
	/* EXAMINE's findings, in @buffer; 0, or -EPROTO.  May be NULL. */
	int (*found)(void *arg, const struct wire_message *message,
		     const void *buffer);
	void *arg;			/* of say and found */
	struct failure *f;

	/* Its own. */
	struct store *seconds[WIRE_SECONDS];	/* of the settings */
	unsigned n_seconds;
	char why[256];			/* what FILTER_WHY said last */
	pid_t pid;
	int socket;
	void *buffer;			/* shared: WIRE_BUFFER_LEN bytes */
	void *piece;			/* as long, the daemon's own */
	struct filter_secret secret;	/* the last answer */
	unsigned asked, files, said;
	uint64_t patience_ms, left_ms;	/* of the helper's own time */
	uint64_t may_read;		/* bytes */
};

/*
 * Starts the helper on @what with @settings (may be NULL) and the descriptors
 * @given, at most WIRE_GIVEN_MAX.  0, or a negative errno said in the errand's f.  In any case
 * errand_close() follows.
 */
int errand_open(struct errand *errand, struct wire_errand *what,
		const struct settings *settings, const int *given,
		size_t n_given);

/*
 * Serves the helper until it is done; *ret_end is its last message, whose
 * result is 0 or a negative errno.  Returns 0, or a negative errno said in f:
 * -ETIMEDOUT, -ENOTRECOVERABLE (it died), -EPROTO, -ECANCELED.
 */
int errand_serve(struct errand *errand, struct wire_message *ret_end);

/* Ends the process, wipes the buffer. */
void errand_close(struct errand *errand);

#endif /* FILTERD_ERRAND_H */
