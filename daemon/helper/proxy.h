/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proxy.h - the medium as a filter in the helper sees it
 *
 * The helper's side of the wire: a filter_next whose calls cross to the
 * daemon.  One thread.  When the daemon is gone, so is the helper's reason to
 * live: the process ends.
 */
#ifndef FILTERD_PROXY_H
#define FILTERD_PROXY_H

#include <filterd/filter.h>

#include "wire.h"

struct proxy_secret;

struct proxy {
	struct filter_next face;	/* first: filters see only this */
	struct filter_medium medium;
	unsigned number;		/* of the medium; 0: the one */
	char *buffer;			/* shared, WIRE_BUFFER_LEN bytes */
	char *arena;			/* scratch */
	size_t arena_size, arena_used;
	/* The filter whose act it is, then those that it needs. */
	const struct filter_ops *modules[WIRE_GIVEN_MAX];
	unsigned n_modules;
	struct proxy_secret *secrets;
	void *ticket;
	size_t ticket_len;
};

void proxy_init(struct proxy *proxy, char *buffer,
		const struct filter_medium *medium);

/* A second medium: only what moves data. */
void proxy_init_second(struct proxy *proxy, char *buffer,
		       const struct filter_medium *medium, unsigned number);

/* Makes room for @len bytes of scratch.  Once; 0 or -ENOMEM. */
int proxy_lend(struct proxy *proxy, size_t len);

/* Wipes what the daemon gave in secret; the ticket stays. */
void proxy_forget(struct proxy *proxy);

/* Sends @ask and waits for its answer; returns that one's result. */
int proxy_call(const struct wire_message *ask, struct wire_message *ret);

/* FILTER_WHY with the text of ours. */
void proxy_why(struct proxy *proxy, const char *text);

#endif /* FILTERD_PROXY_H */
