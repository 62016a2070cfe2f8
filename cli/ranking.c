/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ranking.c - see ranking.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "ranking.h"
#include "util.h"
#include "varlink.h"
#include "verdict.h"

static const struct print_column columns[] = {
	{ "TRIED", "tried", PRINT_TEXT, false },
	{ "PERSONALITY", "personality", PRINT_TEXT, false },
	{ "FILTER", "filter", PRINT_TEXT, false },
	{ "CATEGORY", "category", PRINT_TEXT, false },
	{ "SCORE", "score", PRINT_RIGHT, false },
	{ "PROBED", "probed", PRINT_RIGHT, false },
	{ "RESULT", "result", PRINT_TEXT, false },
	{ NULL },
};

static void add(struct json_object *row, const char *key, const char *text)
{
	json_object_object_add(row, key, json_object_new_string(text));
}

/* What its probe made of the score; nothing where it left it. */
static const char *probed(struct json_object *outcome, char *buf, size_t len)
{
	long long score = verdict_number(outcome, "score");

	buf[0] = '\0';
	if (!varlink_bool(outcome, "requested") &&
	    score != verdict_number(outcome, "score_before"))
		(void)snprintf(buf, len, "%lld", score);
	return buf;
}

static const char *result(struct json_object *outcome)
{
	const char *step = varlink_string(outcome, "step");

	if (streq(step, "running"))
		return "stands here";
	if (streq(step, "waiting"))
		return "waits";
	if (streq(step, "would-start"))
		return "would start";
	if (streq(step, "unlock"))
		return "not unlocked";
	if (streq(step, "start"))
		return *varlink_string(outcome, "alike") ?
		       "not tried, would fail too" : "did not start";
	return "not tried";
}

static struct json_object *new_row(struct json_object *outcome)
{
	unsigned long long attempt = varlink_number(outcome, "attempt");
	struct json_object *row = json_object_new_object();
	char buf[32];

	if (!row)
		return NULL;
	add(row, "tried", attempt == 0 ? "-" :
	    verdict_ordinal(attempt, buf, sizeof(buf)));
	add(row, "personality", varlink_string(outcome, "personality"));
	add(row, "filter", varlink_bool(outcome, "map") ? "(map)" :
	    varlink_string(outcome, "module"));
	add(row, "category", varlink_string(outcome, "category"));
	add(row, "score", verdict_score(outcome, buf, sizeof(buf)));
	add(row, "probed", probed(outcome, buf, sizeof(buf)));
	add(row, "result", result(outcome));
	return row;
}

/* The outcome at @place, or NULL. */
static struct json_object *find(struct json_object *outcomes, uint64_t place)
{
	for (size_t i = 0; i < varlink_count(outcomes); i++) {
		struct json_object *outcome =
			json_object_array_get_idx(outcomes, i);

		if (varlink_number(outcome, "place") == place)
			return outcome;
	}
	return NULL;
}

static int fill(struct json_object *rows, struct json_object *outcomes)
{
	/* No more have a place than there are. */
	for (size_t place = 1; place <= varlink_count(outcomes); place++) {
		struct json_object *outcome = find(outcomes, place);
		struct json_object *row;

		if (!outcome)
			continue;
		row = new_row(outcome);
		if (!row || json_object_array_add(rows, row) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Who reads of one category alone need not know that there are others. */
static bool have_one_category(struct json_object *rows)
{
	const char *first = NULL;

	for (size_t i = 0; i < varlink_count(rows); i++) {
		const char *category = varlink_string(
			json_object_array_get_idx(rows, i), "category");

		if (first && !streq(first, category))
			return false;
		first = category;
	}
	return true;
}

static int print_rows(struct json_object *rows)
{
	struct print_column shown[ARRAY_SIZE(columns)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (!columns[i].key || !streq(columns[i].key, "category") ||
		    !have_one_category(rows))
			shown[n++] = columns[i];
	return print_table_below(rows, shown, "    ");
}

int ranking_print(struct json_object *outcomes)
{
	struct json_object *rows = json_object_new_array();
	int r = rows ? fill(rows, outcomes) : -ENOMEM;

	if (r == 0 && varlink_count(rows) > 1) {
		printf("  Who may start here, the best score first:\n");
		r = print_rows(rows);
		printf("\n");
	}
	json_object_put(rows);
	return r;
}
