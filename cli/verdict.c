/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.c - see verdict.h
 */
#include <errno.h>
#include <stdio.h>

#include "print.h"
#include "util.h"
#include "varlink.h"
#include "verdict.h"

long long verdict_number(struct json_object *outcome, const char *key)
{
	return json_object_get_int64(json_object_object_get(outcome, key));
}

const char *verdict_ordinal(unsigned long long n, char *buf, size_t len)
{
	static const char *const endings[] = { "th", "st", "nd", "rd" };
	unsigned long long last = n % 10;

	/* 11th, 12th, 13th */
	if (last > 3 || n / 10 % 10 == 1)
		last = 0;
	(void)snprintf(buf, len, "%llu%s", n, endings[last]);
	return buf;
}

const char *verdict_score(struct json_object *outcome, char *buf, size_t len)
{
	if (varlink_bool(outcome, "requested"))
		(void)snprintf(buf, len, "asked for");
	else
		(void)snprintf(buf, len, "%lld",
			       verdict_number(outcome, "score_before"));
	return buf;
}

static const char *arrow(void)
{
	return print_utf8() ? "→" : "->";
}

static void print_condition(struct json_object *condition)
{
	bool holds = varlink_bool(condition, "holds"), utf8 = print_utf8();
	const char *mark = holds ? utf8 ? "✔" : "ok" : utf8 ? "✘" : "--";
	const char *file = varlink_string(condition, "file");
	const char *have = varlink_string(condition, "have");

	if (holds) {
		printf("    %s %s = %s\n", mark,
		       varlink_string(condition, "key"), have);
		return;
	}
	printf("    %s %s\n", mark, varlink_string(condition, "key"));
	printf("        want  %s\n", varlink_string(condition, "want"));
	printf("        have  %s\n", *have ? have : "(nothing)");
	if (*file)
		printf("        at    %s:%llu\n", file, (unsigned long long)
		       varlink_number(condition, "line"));
}

/* Not that it is nothing for the filter, but that this cannot be told. */
static bool failed(struct json_object *outcome)
{
	long long error = verdict_number(outcome, "error");

	return error != 0 && error != ENODEV;
}

/* Who has the category, and why: @rank is "higher" or "equal", or "". */
static void print_holder(struct json_object *outcome, const char *rank)
{
	long long before = verdict_number(outcome, "holder_score_before");
	long long score = verdict_number(outcome, "holder_score");
	const char *holder = varlink_string(outcome, "holder");

	/* No personality has that name. */
	if (streq(holder, "--filter"))
		printf("--filter, which was asked for by name");
	else if (before != score)
		printf("%s, whose score is %s%lld after its probe, %lld "
		       "before", holder, rank, score, before);
	else
		printf("%s, whose score is %s%lld", holder, rank, score);
}

static void print_held(struct json_object *outcome)
{
	const char *filter = varlink_string(outcome, "holder_filter");

	printf("    %s not looked at: the category \"%s\" is held here by ",
	       arrow(), varlink_string(outcome, "category"));
	print_holder(outcome, "");
	printf("; a MatchCategory= of its own lets both stand");
	if (*filter)
		printf(", ProviderClass=%s lets it stand on that one",
		       filter);
	printf("\n");
}

static void print_lost(struct json_object *outcome)
{
	const char *holder = varlink_string(outcome, "holder");
	bool equal = verdict_number(outcome, "score") ==
		     verdict_number(outcome, "holder_score");

	printf("    %s not tried: the category \"%s\" went to ", arrow(),
	       varlink_string(outcome, "category"));
	print_holder(outcome, equal ? "equal: " : "higher: ");
	printf("%s\n", streq(holder, "--filter") ? "" :
	       "; a higher ProbeScore= changes that");
}

/* The rule by which, of two equal scores, the other one came first. */
static void print_tie(struct json_object *outcome)
{
	const char *tied = varlink_string(outcome, "tied");
	const char *tie = varlink_string(outcome, "tie");
	const char *rule = "equal scores go by the names of their files";

	if (!*tied)
		return;
	if (streq(tie, "probe"))
		rule = "its score was higher before the probes";
	else if (streq(tie, "map"))
		rule = "partition maps come first, in an order of their own";
	printf("    %s the score of %s is equal, and %s comes first: %s\n",
	       arrow(), tied, tied, rule);
}

static void print_overtaken(struct json_object *outcome)
{
	struct json_object *list = varlink_array(outcome, "overtook");
	bool raised = verdict_number(outcome, "score") >
		      verdict_number(outcome, "score_before");
	size_t n = varlink_count(list);

	if (n == 0)
		return;
	printf("    %s comes before ", arrow());
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ",
		       json_object_get_string(
			       json_object_array_get_idx(list, i)));
	printf(" since %s\n", raised ? "its probe raised its score" :
	       n > 1 ? "their probes lowered their scores" :
	       "that one's probe lowered its score");
}

/* "tried 2nd: ", of one of several. */
static void print_turn(struct json_object *outcome, bool only_one)
{
	unsigned long long attempt = varlink_number(outcome, "attempt");
	char ordinal[24];

	printf("    %s ", arrow());
	if (attempt > 1 || (attempt == 1 && !only_one))
		printf("tried %s: ",
		       verdict_ordinal(attempt, ordinal, sizeof(ordinal)));
}

static void print_failed_start(struct json_object *outcome)
{
	const char *why = varlink_string(outcome, "why");
	const char *next = varlink_string(outcome, "next");
	const char *alike = varlink_string(outcome, "alike");

	if (*alike) {
		printf("    %s not tried: it would fail as %s did: %s\n",
		       arrow(), alike, why);
		return;
	}
	print_turn(outcome, !*next);
	printf("did not start: %s\n", why);
	if (varlink_bool(outcome, "requested"))
		printf("    %s it was asked for by name: no other was tried\n",
		       arrow());
	else if (*next)
		printf("    %s so %s was tried next\n", arrow(), next);
	else
		printf("    %s nothing was left to try in the category "
		       "\"%s\"\n", arrow(),
		       varlink_string(outcome, "category"));
}

static void print_would_start(struct json_object *outcome, const char *source)
{
	const char *next = varlink_string(outcome, "next");

	print_turn(outcome, true);
	printf("all holds: \"filterd mount %s\" starts it\n", source);
	if (*next)
		printf("    %s if it does not start then, %s is tried next\n",
		       arrow(), next);
}

static void print_probe(struct json_object *outcome)
{
	const char *why = varlink_string(outcome, "why");

	/* These say themselves who failed, on what. */
	if (failed(outcome) || varlink_bool(outcome, "requested"))
		printf("    %s %s\n", arrow(), why);
	else
		printf("    %s the %s says that it is not its own: %s\n",
		       arrow(), varlink_bool(outcome, "map") ?
		       "map reader" : "filter", why);
}

static void print_mismatch(struct json_object *outcome)
{
	const char *why = varlink_string(outcome, "why");

	if (*why)
		printf("    %s not %s: %s\n", arrow(),
		       varlink_bool(outcome, "map") ? "looked for" :
						      "compared", why);
	else
		printf("    %s does not match: change that line, or what the "
		       "disk says\n", arrow());
}

/* The step that an outcome reached, and what to do about it. */
static void print_end(struct json_object *outcome, const char *source)
{
	const char *step = varlink_string(outcome, "step");
	const char *why = varlink_string(outcome, "why");

	if (streq(step, "category")) {
		print_held(outcome);
	} else if (streq(step, "match")) {
		print_mismatch(outcome);
	} else if (streq(step, "module")) {
		printf("    %s the filter cannot be loaded: %s; install it, "
		       "or name its directory with --module-dir\n", arrow(),
		       why);
	} else if (streq(step, "depth")) {
		printf("    %s too many filters are stacked already\n",
		       arrow());
	} else if (streq(step, "probe")) {
		print_probe(outcome);
	} else if (streq(step, "score")) {
		print_lost(outcome);
	} else if (streq(step, "waiting")) {
		printf("    %s waits for %s: \"filterctl publish\" says that "
		       "it is there\n", arrow(), why);
	} else if (streq(step, "start")) {
		print_failed_start(outcome);
	} else if (streq(step, "would-start")) {
		print_would_start(outcome, source);
	} else {
		print_turn(outcome, true);
		printf("%s%s%s\n", streq(step, "unlock") ? "not unlocked" :
		       "stands here", *why ? ": " : "", why);
	}
}

static void print_heading(struct json_object *outcome)
{
	long long score = verdict_number(outcome, "score");

	printf("  %s%s", varlink_string(outcome, "personality"),
	       varlink_bool(outcome, "map") ? " (map)" : "");
	if (*varlink_string(outcome, "module"))
		printf(" for %s", varlink_string(outcome, "module"));
	if (varlink_bool(outcome, "requested"))
		printf(", asked for by name\n");
	else if (verdict_number(outcome, "score_before") != score)
		printf(", score %lld, after its probe %lld\n",
		       verdict_number(outcome, "score_before"), score);
	else
		printf(", score %lld\n", score);
}

void verdict_print(struct json_object *outcome, const char *source)
{
	struct json_object *conditions = varlink_array(outcome, "conditions");

	print_heading(outcome);
	for (size_t i = 0; i < varlink_count(conditions); i++)
		print_condition(json_object_array_get_idx(conditions, i));
	print_overtaken(outcome);
	print_tie(outcome);
	print_end(outcome, source);
}
