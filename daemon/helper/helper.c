/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper.c - see helper.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "util.h"

#include "complaint.h"
#include "errand.h"
#include "excerpt.h"
#include "helper.h"
#include "secret.h"

_Static_assert(MODULE_FAMILY_MAX <= WIRE_GIVEN_MAX,
	       "the helper is given a module and all that it needs");

#define _cleanup_errand_ _cleanup_(errand_close)

static size_t count_schemes(void)
{
	size_t n = 0;

	while (partmap_schemes[n])
		n++;
	return n;
}

/* False: it does not lie in the medium, or there is nothing of it. */
static bool take_part(struct helper_part *to, const struct wire_part *from,
		      uint64_t medium_size)
{
	if (from->size == 0 ||
	    !range_inside(from->base, from->size, medium_size))
		return false;
	*to = (struct helper_part){
		.base = from->base, .size = from->size,
		.number = from->number, .writable = from->writable != 0,
	};
	memcpy(to->hint, from->hint, sizeof(to->hint));
	memcpy(to->name, from->name, sizeof(to->name));
	memcpy(to->uuid, from->uuid, sizeof(to->uuid));
	(void)wire_end_text(to->hint, sizeof(to->hint));
	(void)wire_end_text(to->name, sizeof(to->name));
	(void)wire_end_text(to->uuid, sizeof(to->uuid));
	return true;
}

/* The schemes clip or drop what is outside; this is for a helper that lies. */
static int take_parts(struct helper_scan *scan, const void *from, unsigned n,
		      uint64_t medium_size)
{
	if (n == 0)
		return 0;
	scan->parts = calloc(n, sizeof(*scan->parts));
	if (!scan->parts)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		struct wire_part part;

		memcpy(&part, (const char *)from + i * sizeof(part),
		       sizeof(part));
		if (take_part(&scan->parts[scan->n_parts], &part,
			      medium_size))
			scan->n_parts++;
		else
			snprintf(scan->why, sizeof(scan->why), "partition %u "
				 "is left out: it does not lie in the medium",
				 part.number);
	}
	return 0;
}

struct findings {
	struct helper_examined *examined;
	uint64_t medium_size;
	bool signature;
};

static int take_signature(struct findings *found, const void *buffer)
{
	struct partmap_signature *s = &found->examined->signature;

	if (found->signature)
		return -EPROTO;
	found->signature = true;
	memcpy(s, buffer, sizeof(*s));
	(void)wire_end_text(s->type, sizeof(s->type));
	(void)wire_end_text(s->label, sizeof(s->label));
	(void)wire_end_text(s->uuid, sizeof(s->uuid));
	(void)wire_end_text(s->ambiguous, sizeof(s->ambiguous));
	(void)wire_end_text(s->known, sizeof(s->known));
	return 0;
}

/* Each scheme once, in the order of the table. */
static int take_scan(struct findings *found, const struct wire_message *m,
		     const void *buffer)
{
	struct helper_examined *examined = found->examined;
	struct helper_scan *scan;

	if (m->off != examined->n_scans || m->off >= count_schemes() ||
	    m->result > 0 || m->result < -WIRE_ERRNO_MAX ||
	    m->result == -ECANCELED || m->count > PARTMAP_MAX_PARTS)
		return -EPROTO;
	scan = &examined->scans[examined->n_scans++];
	scan->scheme = partmap_schemes[m->off];
	scan->result = m->result;
	scan->score = m->number;
	memcpy(scan->why, buffer, sizeof(scan->why));
	(void)wire_end_text(scan->why, sizeof(scan->why));
	/* The helper's want of memory is not ours: we go on without the map. */
	if (m->result == -ENOMEM) {
		scan->result = -EDQUOT;
		snprintf(scan->why, sizeof(scan->why),
			 "it takes more memory than the helper may have");
	}
	return take_parts(scan, (const char *)buffer +
			  offsetof(struct wire_scan, parts), m->count,
			  found->medium_size);
}

static int take_finding(void *arg, const struct wire_message *m,
			const void *buffer)
{
	return m->op == WIRE_SIGNATURE ? take_signature(arg, buffer) :
					 take_scan(arg, m, buffer);
}

static void set_place(struct wire_errand *what,
		      const struct scheme_place *place)
{
	if (!place)
		return;
	what->maps = true;
	what->base = place->base;
	snprintf(what->hint, sizeof(what->hint), "%s", place->hint);
	snprintf(what->scheme, sizeof(what->scheme), "%s", place->scheme);
}

static int run_examine(struct errand *e, int fd,
		       const struct scheme_place *place,
		       struct findings *found)
{
	struct wire_errand what = { .act = WIRE_EXAMINE };
	struct wire_message last;
	int r;

	set_place(&what, place);
	r = errand_open(e, &what, NULL, &fd, 1);
	if (r == 0)
		r = errand_serve(e, &last);
	if (r < 0)
		return r;
	if (last.result < 0)
		return complaint_result(e, "examine", last.result);
	if (!found->signature ||
	    found->examined->n_scans != (place ? count_schemes() : 0))
		return failure_set(e->f, -EPROTO, EXIT_FAILED,
				   "the helper left out what it found on '%s'",
				   e->name);
	return 0;
}

/* A descriptor that could write would be a hole in the cage. */
static int check_given(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	return (flags & O_ACCMODE) == O_RDONLY ? 0 : -EINVAL;
}

int helper_examine(struct store *store, const char *name, int fd,
		   const struct scheme_place *place,
		   struct helper_examined *ret, struct failure *f)
{
	_cleanup_fd_ int excerpt = -1;
	struct helper_examined examined = { 0 };
	struct findings found = {
		.examined = &examined, .medium_size = store->medium.size,
	};
	_cleanup_errand_ struct errand e = {
		.doing = "examining", .name = name, .store = store,
		.found = take_finding, .arg = &found, .f = f,
		.pid = -1, .socket = -1,
	};
	int r = fd >= 0 ? check_given(fd) : excerpt_open(store, &excerpt);

	if (r < 0)
		return failure_errno(f, r, "cannot read '%s'", name);
	examined.scans = calloc(count_schemes() + 1,
				sizeof(*examined.scans));
	if (!examined.scans)
		return failure_errno(f, -ENOMEM, "cannot examine '%s'", name);
	r = run_examine(&e, fd >= 0 ? fd : excerpt, place, &found);
	if (r < 0) {
		helper_examined_clear(&examined);
		return r;
	}
	*ret = examined;
	return 0;
}

void helper_examined_clear(struct helper_examined *examined)
{
	for (size_t i = 0; i < examined->n_scans; i++)
		free(examined->scans[i].parts);
	free(examined->scans);
	*examined = (struct helper_examined){ 0 };
}

/* The act of a filter's module, from its start to its last message. */
static int run_filter(struct errand *e, struct wire_errand *what,
		      const struct helper_subject *subject,
		      struct wire_message *ret_last)
{
	int fds[MODULE_FAMILY_MAX], r;
	size_t n = module_fds(subject->module, fds);

	e->filter = module_ops(subject->module)->name;
	if (n == 0)
		return failure_set(e->f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "filter '%s' is part of the program and "
				   "cannot run in the helper", e->filter);
	/* Not opened by their paths again: other files may lie there now. */
	r = errand_open(e, what, subject->settings, fds, n);
	return r < 0 ? r : errand_serve(e, ret_last);
}

int helper_probe(const struct helper_subject *subject, int *score,
		 char why[256], struct failure *f)
{
	_cleanup_errand_ struct errand e = {
		.doing = "probing", .name = subject->name,
		.store = subject->store, .f = f, .pid = -1, .socket = -1,
	};
	struct wire_errand what = { .act = WIRE_PROBE, .score = *score };
	struct wire_message last;
	int r = run_filter(&e, &what, subject, &last);

	why[0] = '\0';
	if (r < 0)
		return r;
	if (last.result == -ENODEV) {
		memcpy(why, e.why, sizeof(e.why));
		return -ENODEV;
	}
	if (last.result < 0)
		return complaint_result(&e, "probe", last.result);
	*score = last.number;
	return 0;
}

static int take_ticket(const struct errand *e, uint64_t len,
		       struct helper_ticket *ret)
{
	struct helper_ticket ticket = { .len = (size_t)len };

	if (len > WIRE_BUFFER_LEN)
		return complaint_protocol(e);
	if (len > 0) {
		ticket.data = secret_new(ticket.len);
		if (!ticket.data)
			return failure_errno(e->f, -ENOMEM,
					     "cannot unlock '%s'", e->name);
		memcpy(ticket.data, e->buffer, ticket.len);
	}
	*ret = ticket;
	return 0;
}

int helper_prepare(const struct helper_subject *subject,
		   const struct ask *ask,
		   void (*say)(void *arg, int level, const char *text),
		   void *arg, struct helper_ticket *ret, struct failure *f)
{
	_cleanup_errand_ struct errand e = {
		.doing = "unlocking", .name = subject->name,
		.store = subject->store, .ask = ask, .say = say, .arg = arg, .f = f,
		.pid = -1, .socket = -1,
	};
	struct wire_errand what = { .act = WIRE_PREPARE };
	struct wire_message last;
	int r = run_filter(&e, &what, subject, &last);

	if (r < 0)
		return r;
	if (last.result < 0)
		return complaint_result(&e, "unlock", last.result);
	return take_ticket(&e, last.len, ret);
}

int helper_verb(const struct helper_subject *subject, const char *verb,
		void (*say)(void *arg, int level, const char *text),
		void *arg, struct failure *f)
{
	_cleanup_errand_ struct errand e = {
		.doing = "at work on", .name = subject->name,
		.store = subject->store, .say = say, .arg = arg, .f = f,
		.pid = -1, .socket = -1,
	};
	struct wire_errand what = { .act = WIRE_VERB };
	struct wire_message last;
	int r;

	snprintf(what.verb, sizeof(what.verb), "%s", verb);
	r = run_filter(&e, &what, subject, &last);
	if (r == 0 && last.result < 0)
		r = complaint_result(&e, verb, last.result);
	return r;
}

void helper_ticket_free(struct helper_ticket *ticket)
{
	secret_free(ticket->data, ticket->len);
	*ticket = (struct helper_ticket){ 0 };
}
