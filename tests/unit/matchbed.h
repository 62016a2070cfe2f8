/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * matchbed.h - a disk in memory, filters that do as they are told, and a
 * helper that finds what the test says: all that the matcher stands on
 */
#ifndef MATCHBED_H
#define MATCHBED_H

#include <errno.h>
#include <stdio.h>

#include "catalogue.h"
#include "helper.h"
#include "matcher.h"
#include "memory.h"
#include "source.h"
#include "util.h"

/* What the helper finds on the medium @name. */
struct finding {
	const char *name;
	const char *scheme;		/* NULL: no map */
	const char *also;		/* a second map of the same parts */
	int result;			/* of the scheme, or of it all */
	const char *why;
	struct helper_part parts[3];
	const char *type;		/* signature */
	const char *known;		/* what is not opened */
};

static const struct finding *findings;	/* the last has no name */

/* What the helper says of a filter. */
struct opinion {
	const char *filter;
	int probe, score;		/* score: added to the one given */
	int prepare;
};

static const struct opinion *opinions;	/* the last has no filter */
static char asked[256];			/* "filter@medium " of each prepare */

static const struct opinion *opinion_of(const struct module *module)
{
	static const struct opinion none;
	const struct opinion *o = opinions;

	while (o && o->filter && !streq(o->filter, module_ops(module)->name))
		o++;
	return o && o->filter ? o : &none;
}

static void find_map(const struct finding *found,
		     struct helper_examined *examined)
{
	for (size_t i = 0; partmap_schemes[i]; i++) {
		struct helper_scan *scan = &examined->scans[i];

		scan->scheme = partmap_schemes[i];
		scan->score = scan->scheme->score;
		scan->result = -ENODEV;
		examined->n_scans++;
		if (!streq(or_empty(found->scheme), scan->scheme->name) &&
		    !streq(or_empty(found->also), scan->scheme->name))
			continue;
		scan->result = found->result;
		snprintf(scan->why, sizeof(scan->why), "%s",
			 or_empty(found->why));
		scan->parts = calloc(3, sizeof(*scan->parts));
		while (scan->n_parts < 3 && found->parts[scan->n_parts].size)
			scan->n_parts++;
		memcpy(scan->parts, found->parts, sizeof(found->parts));
	}
}

int helper_examine(struct store *store, const char *name, int fd,
		   const struct scheme_place *place,
		   struct helper_examined *ret, struct failure *f)
{
	static const struct finding nothing;
	const struct finding *found = findings;

	(void)fd;
	while (found && found->name && !streq(found->name, name))
		found++;
	if (!found || !found->name)
		found = &nothing;
	if (!found->scheme && found->result < 0)
		return failure_set(f, found->result, EXIT_FAILED,
				   "'%s' is beyond us", name);
	*ret = (struct helper_examined){ 0 };
	snprintf(ret->signature.type, sizeof(ret->signature.type), "%s",
		 or_empty(found->type));
	snprintf(ret->signature.known, sizeof(ret->signature.known), "%s",
		 or_empty(found->known));
	if (store->medium.whole && !place)
		abort();
	ret->scans = calloc(32, sizeof(*ret->scans));
	if (place)
		find_map(found, ret);
	return 0;
}

void helper_examined_clear(struct helper_examined *examined)
{
	for (size_t i = 0; i < examined->n_scans; i++)
		free(examined->scans[i].parts);
	free(examined->scans);
}

int helper_probe(const struct helper_subject *subject, int *score,
		 char why[256], struct failure *f)
{
	const struct opinion *opinion = opinion_of(subject->module);

	*score += opinion->score;
	if (opinion->probe == -ENODEV)
		strcpy(why, "no \x1b header");
	else if (opinion->probe < 0)
		failure_errno(f, opinion->probe, "probe of '%s'",
			      subject->name);
	return opinion->probe;
}

int helper_prepare(const struct helper_subject *subject,
		   const struct ask *ask,
		   void (*say)(void *arg, int level, const char *text),
		   void *arg, struct helper_ticket *ret, struct failure *f)
{
	int r = opinion_of(subject->module)->prepare;
	size_t len = strlen(asked);

	(void)ask;
	snprintf(asked + len, sizeof(asked) - len, "%s@%s ",
		 module_ops(subject->module)->name, subject->name);
	say(arg, FILTER_INFO, "prepared");
	*ret = (struct helper_ticket){ 0 };
	return r < 0 ? failure_errno(f, r, "prepare of '%s'",
				     subject->name) : 0;
}

void helper_ticket_free(struct helper_ticket *ticket)
{
	(void)ticket;
}

/* The filters: each publishes what lies below, with the hint it is set to. */
struct layered {
	const char *hint;
};

static char stopped[1024];	/* hints of what stopped filters stood on */

static int layered_start(void *self, struct filter_next *next,
			 struct filter_medium *medium, const void *ticket,
			 size_t len)
{
	const struct layered *layered = self;

	(void)next;
	(void)ticket;
	(void)len;
	medium->whole = false;
	snprintf(medium->hint, sizeof(medium->hint), "%s",
		 or_empty(layered->hint));
	return 0;
}

static int layered_whole(void *self, struct filter_next *next,
			 struct filter_medium *medium, const void *ticket,
			 size_t len)
{
	int r = layered_start(self, next, medium, ticket, len);

	medium->whole = true;
	return r;
}

static int layered_fails(void *self, struct filter_next *next,
			 struct filter_medium *medium, const void *ticket,
			 size_t len)
{
	(void)self;
	(void)next;
	(void)medium;
	(void)ticket;
	(void)len;
	return -EIO;
}

static int layered_stop(void *self, struct filter_next *next)
{
	(void)self;
	strcat(stopped, next->medium->hint);
	strcat(stopped, " ");
	return 0;
}

static int layered_probe(void *self, struct filter_next *next, int *score)
{
	(void)self;
	(void)next;
	(void)score;
	abort();	/* runs in the helper alone */
}

static int layered_prepare(void *self, struct filter_next *next)
{
	(void)self;
	(void)next;
	abort();
}

static const struct filter_param layered_params[] = {
	{ .name = "hint", .type = FILTER_TEXT,
	  .at = offsetof(struct layered, hint), .summary = "its hint" },
	{ .name = NULL },
};

#define LAYERED(title, ...)						\
	{								\
		.abi = FILTERD_ABI, .flags = FILTER_TRANSPARENT,	\
		.name = title, .summary = "as it is", .version = "1.0.0",\
		.compatible = "1.0.0", .params = layered_params,	\
		.instance_size = sizeof(struct layered),		\
		.stop = layered_stop, __VA_ARGS__			\
	}

static const struct filter_ops filters[] = {
	LAYERED("plain", .start = layered_start),
	LAYERED("other", .start = layered_start),
	LAYERED("whole", .start = layered_whole),
	LAYERED("probing", .start = layered_start, .probe = layered_probe),
	LAYERED("failing", .start = layered_fails),
	LAYERED("doubtful", .start = layered_fails, .probe = layered_probe),
	LAYERED("secret", .start = layered_start,
		.prepare = layered_prepare),
};

/* One test's world. */
static struct memory memory;
static struct source source;
static struct matcher matcher;
static struct failure failure;
static char settled[1024], said[256];
static char passed_over[256];	/* "failed>next " of each; ">" at the end */

static void note_settled(void *arg, struct medium *medium)
{
	(void)arg;
	strcat(settled, medium->name);
	strcat(settled, " ");
}

static void note_said(void *arg, struct medium *medium, int level,
		      const char *text)
{
	size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "%s: %d: %s\n", medium->name,
		 level, text);
}

static void note_passed_over(void *arg, struct medium *medium,
			     const struct outcome *failed)
{
	(void)arg;
	(void)medium;
	strcat(passed_over, failed->personality->name);
	strcat(passed_over, ">");
	strcat(passed_over, failed->next ? failed->next->name : "");
	strcat(passed_over, " ");
}

static void bed_make(void)
{
	memory_open(&memory, 1 << 20);
	source = (struct source){ .name = (char *)"disk", .scan_fd = -1,
				  .claim_fd = -1 };
	source.root = medium_new_whole("disk", &memory.store);
	matcher = (struct matcher){
		.catalogue = catalogue_new(), .modules = modules_new(),
		.ask = { .fd = -1 }, .start = true,
		.settled = note_settled, .say = note_said,
		.passed_over = note_passed_over,
	};
	if (!source.root || !matcher.catalogue || !matcher.modules)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		if (modules_add_builtin(matcher.modules, &filters[i]) < 0)
			abort();
	failure = (struct failure){ 0 };
	settled[0] = said[0] = asked[0] = stopped[0] = '\0';
	passed_over[0] = '\0';
	findings = NULL;
	opinions = NULL;
}

static void bed_clear(void)
{
	(void)matcher_stop(source.root);
	medium_free(source.root);
	catalogue_unref(matcher.catalogue);
	modules_free(matcher.modules);
	memory_close(&memory);
}

/* A personality of @module for media where @key=@value. */
static struct personality *bed_add(const char *name, const char *module,
				   int score, const char *key,
				   const char *value)
{
	static const struct ini_place at = { "x.personality", 7, 1 };
	struct personality *p = calloc(1, sizeof(*p));
	char why[256];

	if (!p)
		abort();
	p->name = strdup(name);
	p->file = strdup("x.personality");
	p->module = strdup(module);
	p->module_file = strdup("x.personality");
	p->category = strdup("storage");
	p->score = score;
	if (key && condition_add(&p->conditions, &p->n_conditions, key, value,
				 &at, why, sizeof(why)) < 0)
		abort();
	if (catalogue_add(matcher.catalogue, p) < 0)
		abort();
	return p;
}

static int bed_run(void)
{
	failure = (struct failure){ 0 };
	return matcher_run(&matcher, &source, &failure);
}

/* The outcome of personality @name on medium @medium, or NULL. */
static const struct outcome *bed_outcome(const char *medium, const char *name)
{
	const struct medium *m = medium_find(source.root, medium);

	for (size_t i = 0; m && i < m->n_outcomes; i++)
		if (streq(m->outcomes[i].personality->name, name))
			return &m->outcomes[i];
	return NULL;
}

/* Its step as a word; "none" where nothing was recorded. */
static inline const char *bed_step(const char *medium, const char *name)
{
	const struct outcome *outcome = bed_outcome(medium, name);

	return outcome ? outcome_word(outcome->step) : "none";
}

/* Who holds what it wanted; "" where nothing was recorded. */
static inline const char *bed_holder(const char *medium, const char *name)
{
	const struct outcome *outcome = bed_outcome(medium, name);

	return outcome ? or_empty(outcome->holder) : "";
}

/* 1: @medium can be written, 0: it is read-only; -1: it is not there. */
static inline int bed_writable(const char *medium)
{
	const struct medium *m = medium_find(source.root, medium);

	return m ? m->store->medium.writable : -1;
}

#define PART(n, type) { .base = (n) * 65536, .size = 65536, .number = (n), \
			.writable = true, .hint = type, .name = "data" }

/* A GPT with a Linux partition and a secret one. */
static const struct finding two_parts[] = {
	{ .name = "disk", .scheme = "gpt",
	  .parts = { PART(1, "Linux"), PART(3, "Vault") } },
	{ .name = NULL },
};

static const struct finding twice_vault[] = {
	{ .name = "disk", .scheme = "gpt",
	  .parts = { PART(1, "Vault"), PART(2, "Vault") } },
	{ .name = NULL },
};

static const struct opinion wrong_key[] = {
	{ "secret", .prepare = -ENOKEY }, { NULL },
};

#endif /* MATCHBED_H */
