/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tally.c - what the levels of the service have done
 */
#include <errno.h>
#include <stdlib.h>

#include "service.h"
#include "tally.h"
#include "util.h"
#include "varlink.h"

const char *const tally_kinds[TALLY_KINDS] = {
	"read", "write", "flush", "zero", "discard",
};

static void read_times(struct json_object *list, uint64_t *times)
{
	for (size_t i = 0; i < varlink_count(list); i++) {
		struct json_object *at = json_object_array_get_idx(list, i);
		uint64_t bucket = varlink_number(at, "bucket");

		if (bucket < HISTOGRAM_BUCKETS)
			times[bucket] = varlink_number(at, "count");
	}
}

static void read_count(struct json_object *object, struct tally *tally)
{
	const char *kind = varlink_string(object, "kind");
	struct tally_count *count = tally->kinds;
	unsigned i = 0;

	while (i < TALLY_KINDS && !streq(kind, tally_kinds[i]))
		i++;
	if (i == TALLY_KINDS)
		return;		/* of a newer service */
	count += i;
	count->count = varlink_number(object, "count");
	count->errors = varlink_number(object, "errors");
	count->bytes = varlink_number(object, "bytes");
	count->ns = varlink_number(object, "time");
	count->running = varlink_number(object, "running");
	read_times(varlink_array(object, "times"), count->times);
}

static void read_level(struct json_object *object, struct tally *tally)
{
	struct json_object *requests = varlink_array(object, "requests");

	tally->level = varlink_string(object, "level");
	tally->source = varlink_string(object, "source");
	tally->medium = varlink_string(object, "medium");
	tally->filter = varlink_string(object, "filter");
	tally->figures = varlink_array(object, "figures");
	for (size_t i = 0; i < varlink_count(requests); i++)
		read_count(json_object_array_get_idx(requests, i), tally);
}

int tallies_ask(const char *name, struct tallies *ret, struct failure *f)
{
	struct json_object *parameters = json_object_new_object(), *levels;
	struct tallies tallies = { 0 };
	int r;

	if (name)
		json_object_object_add(parameters, "name",
				       json_object_new_string(name));
	r = service_collect("Stats", parameters, &tallies.answer, f);
	levels = varlink_array(tallies.answer, "levels");
	tallies.n = varlink_count(levels);
	if (r == 0)
		tallies.list = calloc(tallies.n + 1, sizeof(*tallies.list));
	if (r == 0 && !tallies.list)
		r = failure_errno(f, -ENOMEM, "cannot read the answer");
	if (r < 0) {
		json_object_put(tallies.answer);
		return r;
	}
	tallies.now = varlink_number(tallies.answer, "now");
	for (size_t i = 0; i < tallies.n; i++)
		read_level(json_object_array_get_idx(levels, i),
			   &tallies.list[i]);
	*ret = tallies;
	return 0;
}

void tallies_clear(struct tallies *tallies)
{
	free(tallies->list);
	json_object_put(tallies->answer);
	*tallies = (struct tallies){ 0 };
}

static const struct tally *find(const struct tallies *tallies,
				const struct tally *like)
{
	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *tally = &tallies->list[i];

		if (streq(tally->level, like->level) &&
		    streq(tally->source, like->source) &&
		    streq(tally->medium, like->medium))
			return tally;
	}
	return NULL;
}

static void subtract(struct tally_count *count,
		     const struct tally_count *before)
{
	/* Another filter of the same name: attached afresh. */
	if (count->count < before->count)
		return;
	count->count -= before->count;
	count->errors -= MIN(before->errors, count->errors);
	count->bytes -= MIN(before->bytes, count->bytes);
	count->ns -= MIN(before->ns, count->ns);
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		count->times[i] -= MIN(before->times[i], count->times[i]);
}

int tallies_between(const struct tallies *before, const struct tallies *after,
		    struct tallies *ret)
{
	struct tallies tallies = *after;

	tallies.list = calloc(after->n + 1, sizeof(*tallies.list));
	if (!tallies.list)
		return -ENOMEM;
	memcpy(tallies.list, after->list, after->n * sizeof(*tallies.list));
	tallies.answer = json_object_get(after->answer);
	tallies.now -= MIN(before->now, tallies.now);
	for (size_t i = 0; i < tallies.n; i++) {
		const struct tally *old = find(before, &tallies.list[i]);

		for (unsigned kind = 0; old && kind < TALLY_KINDS; kind++)
			subtract(&tallies.list[i].kinds[kind],
				 &old->kinds[kind]);
	}
	*ret = tallies;
	return 0;
}
