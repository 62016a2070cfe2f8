/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan.c - where the partitions of a new map go
 */
#include <errno.h>
#include <inttypes.h>

#include "escape.h"
#include "hint.h"
#include "plan.h"
#include "suggest.h"
#include "util.h"

static int refuse_size(const struct plan_rule *rule, size_t i,
		       struct failure *f)
{
	uint64_t len = rule->end > rule->first ? rule->end - rule->first : 0;

	return failure_set(f, -ENOSPC, EXIT_FAILED, "partition %zu does not "
			   "fit: the map leaves room for %" PRIu64 " bytes in "
			   "all", i + 1, len);
}

/* The alias that was meant, of those that the scheme has a type for. */
static const char *guess_alias(const struct plan_rule *rule, const char *typed)
{
	const char *known[64];
	char type[64];
	size_t n = 0;

	for (size_t i = 0; hint_aliases[i] && n < ARRAY_SIZE(known); i++)
		if (hint_resolve(hint_aliases[i], rule->scheme, type,
				 sizeof(type)) == 0)
			known[n++] = hint_aliases[i];
	return suggest(typed, known, n);
}

static int refuse_type(const struct plan_rule *rule,
		       const struct write_part *part, size_t i,
		       struct failure *f)
{
	char type[ESCAPE_LEN(48)];
	const char *meant = guess_alias(rule, part->type);

	if (meant)
		failure_hint(f, "did you mean '%s'?", meant);
	else if (streq(rule->scheme, "gpt"))
		failure_hint(f, "give a type UUID, or an alias such as "
			     "'linux-data' or 'luks'");
	else if (streq(rule->scheme, "mbr"))
		failure_hint(f, "give a type as 0xNN, or an alias such as "
			     "'linux-data' or 'luks'");
	else
		failure_hint(f, "give a type of at most 32 ASCII characters, "
			     "or an alias such as 'apple-hfs'");
	return failure_set(f, -EINVAL, EXIT_USAGE, "partition %zu: a map of "
			   "the scheme '%s' cannot hold the type '%s'", i + 1,
			   rule->scheme,
			   escape(part->type, type, sizeof(type)));
}

static int take_types(const struct plan_rule *rule,
		      const struct write_part *parts, size_t n,
		      struct plan_part *ret, struct failure *f)
{
	size_t rests = 0;

	for (size_t i = 0; i < n; i++) {
		if (hint_resolve(parts[i].type, rule->scheme, ret[i].type,
				 sizeof(ret[i].type)) < 0)
			return refuse_type(rule, &parts[i], i, f);
		ret[i].name = or_empty(parts[i].name);
		rests += parts[i].size == 0;
	}
	if (rests > 1)
		return failure_set(f, -EINVAL, EXIT_USAGE, "only one "
				   "partition can have the rest");
	return 0;
}

static uint64_t gap_before(const struct plan_rule *rule, size_t i)
{
	return i >= rule->gap_from ? rule->gap : 0;
}

/* Where the partition that takes the rest must end, so that those behind it
   have their place; 0: nowhere. */
static uint64_t rest_end(const struct plan_rule *rule,
			 const struct write_part *parts, size_t n, size_t i)
{
	uint64_t end = rule->end;

	for (size_t k = n - 1; k > i; k--) {
		uint64_t need = gap_before(rule, k);

		if (parts[k].size > end ||
		    add_overflow(need, round_up(parts[k].size, rule->unit),
				 &need) || need > end)
			return 0;
		end = round_down(end - need, rule->align);
	}
	return end;
}

static int place(const struct plan_rule *rule, const struct write_part *parts,
		 size_t n, struct plan_part *ret, struct failure *f)
{
	uint64_t at = rule->first;

	for (size_t i = 0; i < n; i++) {
		uint64_t end = parts[i].size == 0 ?
			rest_end(rule, parts, n, i) : rule->end;

		at = round_up(at, rule->align) + gap_before(rule, i);
		if (at >= end || parts[i].size > end - at)
			return refuse_size(rule, i, f);
		ret[i].start = at;
		ret[i].size = parts[i].size == 0 ?
			round_down(end - at, rule->unit) :
			round_up(parts[i].size, rule->unit);
		if (ret[i].size == 0 || ret[i].size > end - at)
			return refuse_size(rule, i, f);
		at += ret[i].size;
	}
	return 0;
}

int plan_make(const struct plan_rule *rule, const struct write_part *parts,
	      size_t n, struct plan_part *ret, struct failure *f)
{
	int r = take_types(rule, parts, n, ret, f);

	return r < 0 ? r : place(rule, parts, n, ret, f);
}
