/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.h - the sandboxed process that parses foreign bytes and handles keys
 *
 * One process an act, exec'ed from libexec: no files but the descriptors it is
 * given, no network, bounded memory, killed when it takes too long.  A crash
 * there harms no volume.  The medium is read through the daemon (next is
 * proxied over a socketpair and one shared buffer of 1 MiB), so that an act
 * works on any medium, a filter's too.
 *
 * All functions block and run on a job thread; an act of one that is cancelled
 * (job.h) is ended, and returns -ECANCELED.
 */
#ifndef FILTERD_HELPER_H
#define FILTERD_HELPER_H

#include "partmap.h"

#include "ask.h"
#include "module.h"
#include "settings.h"
#include "store.h"

/* A found partition; strings as the map has them, bounded, unescaped. */
struct helper_part {
	uint64_t base, size;
	unsigned number;
	bool writable;
	char hint[64], name[128], uuid[40];
};

/* What one scheme made of the medium. */
struct helper_scan {
	const struct scheme *scheme;
	int result;			/* 0: this map is there; -ENODEV */
	int score;
	char why[128];			/* why not; or a warning */
	struct helper_part *parts;
	size_t n_parts;
};

struct helper_examined {
	struct partmap_signature signature;
	struct helper_scan *scans;	/* as partmap_schemes; all schemes */
	size_t n_scans;
};

/*
 * Signature and, unless @place is NULL, every partition scheme.  @fd (or -1) is a read-only
 * descriptor of the medium's bytes if it is a whole device or image: else the
 * ends of the medium and what an MBR chain names are copied for the helper.
 * @name is the medium's, for messages.  Returns 0, or a negative errno said in
 * @f: -ETIMEDOUT (5 s), -ENOTRECOVERABLE (the helper died), -ECANCELED.
 */
int helper_examine(struct store *store, const char *name, int fd,
		   const struct scheme_place *place,
		   struct helper_examined *ret, struct failure *f);
void helper_examined_clear(struct helper_examined *examined);

/* A filter as it is set, and the medium that it is to look at. */
struct helper_subject {
	const struct module *module;
	const struct settings *settings;	/* or NULL: presets */
	struct store *store;
	const char *name;			/* of the medium */
};

/*
 * The filter's probe.  Returns 0 (*score may have changed), -ENODEV
 * with the filter's reason (unescaped) in @why, or another error said in @f.
 */
int helper_probe(const struct helper_subject *subject, int *score,
		 char why[256], struct failure *f);

/* Locked memory that crossed from prepare to start. */
struct helper_ticket {
	void *data;
	size_t len;
};

/*
 * The filter's prepare.  @ask answers its questions.  Returns 0 with the ticket, -ENOKEY (no or wrong key), -ECANCELED,
 * or the filter's error, said in @f.  @say, which may be NULL, gets what the
 * filter says to its user (a FILTER_ level, unescaped text).
 */
int helper_prepare(const struct helper_subject *subject,
		   const struct ask *ask,
		   void (*say)(void *arg, int level, const char *text),
		   void *arg, struct helper_ticket *ret, struct failure *f);
void helper_ticket_free(struct helper_ticket *ticket);	/* wipes */

/*
 * The filter's verb @verb, of those that write nothing, with its settings'
 * presets; it has as long as a probe.  @say gets what it says.  0, -EOPNOTSUPP
 * (no such verb), or the filter's error, said in @f.
 */
int helper_verb(const struct helper_subject *subject, const char *verb,
		void (*say)(void *arg, int level, const char *text),
		void *arg, struct failure *f);

/* Set before the first act: the helper's program (NULL: paths_helper()), and
   how long it may think in examine and probe (5000), and in prepare between
   two questions (180000). */
extern const char *helper_program;
extern unsigned helper_patience_ms, helper_prepare_patience_ms;

#endif /* FILTERD_HELPER_H */
