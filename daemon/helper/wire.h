/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - what the daemon and its helper say to each other
 *
 * Messages of one fixed size over a SOCK_SEQPACKET socketpair, and one shared
 * buffer for what is longer.  The helper asks, the daemon answers; the buffer
 * belongs to the one whose turn it is.
 *
 * Binary, where the rest of filterd speaks varlink: the helper has read
 * foreign bytes, so the daemon takes it for an enemy.  Fixed fields are each
 * checked in a line, and no JSON parser meets what an enemy wrote.  Both ends
 * come from one build; WIRE_VERSION tells when they do not.
 *
 * An enemy may write to the buffer at any time.  The daemon copies out first,
 * then checks the copy.
 */
#ifndef FILTERD_WIRE_H
#define FILTERD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <filterd/filter.h>

#define WIRE_VERSION	2u
#define WIRE_BUFFER_LEN	FILTER_MAX_IO
#define WIRE_GIVEN_MAX	16u	/* descriptors that an act is given */
#define WIRE_TEXT_LEN	512u	/* of a text in the buffer, with its NUL */

/* The helper's descriptors; there are no others. */
enum {
	WIRE_SOCKET_FD = 3,
	WIRE_BUFFER_FD,
	WIRE_GIVEN_FD,		/* EXAMINE: the medium; else the module, and
				   behind it those that it needs */
	WIRE_END_FD = WIRE_GIVEN_FD + WIRE_GIVEN_MAX
};

enum wire_act { WIRE_EXAMINE = 1, WIRE_PROBE, WIRE_PREPARE, WIRE_VERB };

enum wire_op {
	/* From the daemon. */
	WIRE_ERRAND = 1,	/* first, once: a wire_errand in the buffer */
	WIRE_REPLY,		/* result, len, number */
	/* From the helper, each answered by a WIRE_REPLY. */
	WIRE_READ,		/* count: medium, off, len -> bytes */
	WIRE_MAP,		/* count: medium, off, len -> len, number: what */
	WIRE_ASK,		/* number: kind, count: attempt, text -> len */
	WIRE_SECRET,		/* off, len of the last answer -> bytes */
	WIRE_PROGRESS,		/* off: done, len: total */
	WIRE_FILE,		/* -> a descriptor */
	WIRE_SAY,		/* number: level, text */
	WIRE_SIGNATURE,		/* a partmap_signature */
	WIRE_SCAN,		/* off: scheme's place, number: score, result,
				   count: parts; a wire_scan */
	/* From the helper, last: result; number: score, or len: ticket. */
	WIRE_END,
};

#define WIRE_ERRNO_MAX	4095
#define WIRE_SECONDS	4u	/* media beside the one: 1 to this; it is 0 */

struct wire_message {
	uint32_t op;
	int32_t result;		/* 0 or a negative errno, to -WIRE_ERRNO_MAX */
	int32_t number;
	uint32_t count;
	uint64_t off, len;	/* a text's len is without its NUL */
};

/* A second medium, which a setting names. */
struct wire_second {
	uint32_t setting;	/* its place in the list */
	struct filter_medium medium;
};

/* What the helper is started for.  Settings follow: "key\0value\0"... */
struct wire_errand {
	uint32_t version, act;
	uint32_t maps;		/* EXAMINE: schemes too */
	int32_t score;		/* PROBE: before it */
	uint32_t settings_len;
	uint32_t n_given;	/* descriptors */
	uint64_t base;		/* EXAMINE: as in a scheme_place */
	char hint[64], scheme[16];
	char verb[32];		/* VERB: its name */
	struct filter_medium medium;
	uint32_t n_seconds;
	struct wire_second seconds[WIRE_SECONDS];
};

struct wire_part {
	uint64_t base, size;
	uint32_t number, writable;
	char hint[64], name[128], uuid[40];
};

/* As many parts as the message says. */
struct wire_scan {
	char why[128];
	struct wire_part parts[];
};

/* Sends one message, with @pass (-1: none).  Never waits: -EAGAIN when the
   peer does not read. */
int wire_send(int socket, const struct wire_message *message, int pass);

/*
 * Receives one message, waiting for it unless @nowait (-EAGAIN).  @ret_passed
 * gets a descriptor that came with it, or -1; NULL: none is taken.  0,
 * -ECONNRESET at the peer's end, -EPROTO for what is no message, -errno.
 */
int wire_receive(int socket, struct wire_message *ret, bool nowait,
		 int *ret_passed);

/* Ends a text of the enemy's; returns whether it had an end. */
bool wire_end_text(char *text, size_t size);

#endif /* FILTERD_WIRE_H */
