/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.c - filterctl explain: why a filter does or does not start
 */
#include <errno.h>
#include <stdio.h>

#include "connect.h"
#include "escape.h"
#include "parse.h"
#include "print.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Tells for each medium on SOURCE, and each personality (or the one named), how\n"
"far it got and why no further: every condition with a tick or a cross, and at\n"
"the first cross what was wanted, what there is, and the line of the file.\n";

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
	int error = json_object_get_int(
		json_object_object_get(outcome, "error"));

	return error != 0 && error != ENODEV;
}

/* The step that an outcome reached, and what to do about it. */
static void print_advice(struct json_object *outcome, const char *source)
{
	const char *step = varlink_string(outcome, "step");
	const char *why = varlink_string(outcome, "why");
	const char *holder = varlink_string(outcome, "holder");
	const char *category = varlink_string(outcome, "category");
	const char *arrow = print_utf8() ? "→" : "->";

	if (streq(step, "category"))
		printf("    %s not looked at: %s has the category \"%s\" "
		       "here; a MatchCategory= of its own lets both "
		       "stand\n", arrow, holder, category);
	else if (streq(step, "match") && varlink_bool(outcome, "map"))
		printf("    %s not looked for: %s\n", arrow, why);
	else if (streq(step, "match"))
		printf("    %s does not match: change that line, or what the "
		       "disk says\n", arrow);
	else if (streq(step, "module"))
		printf("    %s the filter cannot be loaded: %s; install it, "
		       "or name its directory with --module-dir\n", arrow,
		       why);
	else if (streq(step, "depth"))
		printf("    %s too many filters are stacked already\n",
		       arrow);
	else if (streq(step, "probe") && failed(outcome))
		printf("    %s cannot be used: %s\n", arrow, why);
	else if (streq(step, "probe"))
		printf("    %s the %s says that it is not its own: %s\n",
		       arrow, varlink_bool(outcome, "map") ? "map reader" :
		       "filter", why);
	else if (streq(step, "score"))
		printf("    %s lost to %s, whose score is higher; a higher "
		       "ProbeScore= changes that\n", arrow, holder);
	else if (streq(step, "unlock"))
		printf("    %s not unlocked: %s\n", arrow, why);
	else if (streq(step, "start"))
		printf("    %s did not start: %s\n", arrow, why);
	else if (streq(step, "would-start"))
		printf("    %s all holds: \"filterd mount %s\" starts it\n",
		       arrow, source);
	else
		printf("    %s stands here%s%s\n", arrow, *why ? ": " : "",
		       why);
}

static void print_outcome(struct json_object *outcome, const char *source)
{
	struct json_object *conditions = varlink_array(outcome, "conditions");
	long long before = json_object_get_int64(
		json_object_object_get(outcome, "score_before"));
	long long score = json_object_get_int64(
		json_object_object_get(outcome, "score"));

	printf("  %s%s", varlink_string(outcome, "personality"),
	       varlink_bool(outcome, "map") ? " (map)" : "");
	if (*varlink_string(outcome, "module"))
		printf(" for %s", varlink_string(outcome, "module"));
	if (before != score)
		printf(", score %lld, after its probe %lld\n", before, score);
	else
		printf(", score %lld\n", score);
	for (size_t i = 0; i < varlink_count(conditions); i++)
		print_condition(json_object_array_get_idx(conditions, i));
	print_advice(outcome, source);
}

/* A format that is known and not opened, and what can be done. */
static void print_known(struct json_object *medium)
{
	struct json_object *known;

	if (!json_object_object_get_ex(medium, "known", &known))
		return;
	printf("  it is %s\n    %s %s\n", varlink_string(known, "name"),
	       print_utf8() ? "→" : "->", varlink_string(known, "next"));
}

/* Whether it is the word on one of the less common maps, that it is not there:
   unless somebody asks for it, its name will do. */
static bool goes_without_saying(struct json_object *outcome)
{
	const char *name = varlink_string(outcome, "personality");
	const char *step = varlink_string(outcome, "step");

	if (!varlink_bool(outcome, "map") || streq(name, "gpt") ||
	    streq(name, "mbr") || streq(name, "apple"))
		return false;
	return streq(step, "match") ||
	       (streq(step, "probe") &&
		strncmp(varlink_string(outcome, "why"), "no ", 3) == 0);
}

static void print_other_maps(struct json_object *outcomes)
{
	const char *before = "  no other map is here: not ";

	for (size_t i = 0; i < varlink_count(outcomes); i++) {
		struct json_object *outcome =
			json_object_array_get_idx(outcomes, i);

		if (!goes_without_saying(outcome))
			continue;
		printf("%s%s", before, varlink_string(outcome, "personality"));
		before = ", ";
	}
	if (streq(before, ", "))
		printf("\n");
}

static void print_medium(struct json_object *medium, const char *source)
{
	struct json_object *outcomes = varlink_array(medium, "outcomes");
	char size[FORMAT_SIZE_LEN];

	printf("%s: %s, %s\n", varlink_string(medium, "name"),
	       varlink_string(medium, "content")[0] ?
	       varlink_string(medium, "content") :
	       varlink_string(medium, "kind"),
	       format_size(varlink_number(medium, "size"), size));
	print_known(medium);
	if (varlink_count(outcomes) == 0)
		printf("  nothing was tried here\n");
	for (size_t i = 0; i < varlink_count(outcomes); i++) {
		struct json_object *outcome =
			json_object_array_get_idx(outcomes, i);

		if (varlink_count(outcomes) == 1 ||
		    !goes_without_saying(outcome))
			print_outcome(outcome, source);
	}
	if (varlink_count(outcomes) > 1)
		print_other_maps(outcomes);
	printf("\n");
}

static int explain(struct verb *verb, const char *source,
		   const char *personality, uint64_t sector)
{
	struct json_object *parameters = verb_parameters(verb);
	struct json_object *answer, *media;
	char safe[256];
	int r;

	verb_add_text(parameters, "source", source);
	if (personality)
		verb_add_text(parameters, "personality", personality);
	json_object_object_add(parameters, "sector",
			       json_object_new_uint64(sector));
	escape(source, safe, sizeof(safe));
	r = connect_collect("Explain", parameters, &answer, &verb->failure);
	media = varlink_array(answer, "media");
	if (r == 0 && verb->json)
		verb_print_json(answer);
	else
		for (size_t i = 0; r == 0 && i < varlink_count(media); i++)
			print_medium(json_object_array_get_idx(media, i),
				     safe);
	json_object_put(answer);
	return r;
}

int verb_explain(int argc, char **argv)
{
	struct verb verb = { 0 };
	uint64_t sector = 0;
	const struct options_entry entries[] = {
		VERB_SECTOR(&sector),
		VERB_OPTIONS(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl explain", "SOURCE [PERSONALITY]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && (argc - first < 1 || argc - first > 2))
		r = failure_set(&verb.failure, -EINVAL, EXIT_USAGE,
				"explain takes SOURCE and, if only one is "
				"wanted, PERSONALITY");
	if (r == 0)
		r = explain(&verb, argv[first], argv[first + 1], sector);
	return verb_end(&verb, r);
}
