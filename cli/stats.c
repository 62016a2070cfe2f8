/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.c - the verb stats: what each level of a stack has done
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "metrics.h"
#include "parse.h"
#include "print.h"
#include "tally.h"
#include "util.h"
#include "verb.h"

static const char about[] =
	"Shows what each level has done since it began: the device, the filters\n"
	"on it, the files of their volumes; of all that the service holds, or of\n"
	"the source or volume NAME. With --interval, what was done each second\n"
	"in that time, again and again.";

static const struct print_column columns[] = {
	{ "MEDIUM", "medium", PRINT_TEXT, false },
	{ "LEVEL", "level", PRINT_TEXT, false },
	{ "KIND", "kind", PRINT_TEXT, false },
	{ "COUNT", "count", PRINT_RIGHT, false },
	{ "BYTES", "bytes", PRINT_RIGHT, false },
	{ "ERRORS", "errors", PRINT_RIGHT, false },
	{ "NOW", "running", PRINT_RIGHT, false },
	{ "P50", "p50", PRINT_RIGHT, false },
	{ "P99", "p99", PRINT_RIGHT, false },
	{ 0 },
};

struct stats {
	struct verb verb;
	uint64_t interval_ms, times;
	bool openmetrics;
	const char *name;
};

static void add_number(struct json_object *row, const char *key,
		       uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu",
		       (unsigned long long)number);
	verb_add_text(row, key, text);
}

static void add_quantile(struct json_object *row, const char *key,
			 const struct tally_count *count, unsigned permille)
{
	char text[HISTOGRAM_TIME_LEN];

	verb_add_text(row, key, histogram_format(
		histogram_quantile(count->times, permille), text));
}

/* @seconds: 0, or how long it took: then it is told by the second. */
static void add_row(struct json_object *rows, const struct tally *tally,
		    unsigned kind, double seconds)
{
	const struct tally_count *count = &tally->kinds[kind];
	struct json_object *row = json_object_new_object();
	double by = seconds > 0 ? seconds : 1;
	char size[FORMAT_SIZE_LEN];

	verb_add_text(row, "medium", tally->medium);
	verb_add_text(row, "level", tally->filter[0] ? tally->filter :
						       tally->level);
	verb_add_text(row, "kind", tally_kinds[kind]);
	add_number(row, "count", (uint64_t)((double)count->count / by + 0.5));
	verb_add_text(row, "bytes", format_size(
		(uint64_t)((double)count->bytes / by), size));
	add_number(row, "errors", count->errors);
	add_number(row, "running", count->running);
	add_quantile(row, "p50", count, 500);
	add_quantile(row, "p99", count, 990);
	json_object_array_add(rows, row);
}

static int print_all(const struct tallies *tallies, double seconds)
{
	struct json_object *rows = json_object_new_array();
	int r;

	for (size_t i = 0; i < tallies->n; i++)
		for (unsigned kind = 0; kind < TALLY_KINDS; kind++)
			if (tallies->list[i].kinds[kind].count > 0 ||
			    tallies->list[i].kinds[kind].running > 0)
				add_row(rows, &tallies->list[i], kind,
					seconds);
	if (json_object_array_length(rows) == 0) {
		printf("nothing was done%s\n", seconds > 0 ? "" : " yet");
		r = 0;
	} else {
		r = print_table(rows, columns);
	}
	json_object_put(rows);
	return r;
}

static int show_once(struct stats *stats)
{
	struct tallies tallies;
	int r = tallies_ask(stats->name, &tallies, &stats->verb.failure);

	if (r < 0)
		return r;
	if (stats->verb.json)
		verb_print_json(tallies.answer);
	else if (stats->openmetrics)
		metrics_print(stdout, &tallies);
	else
		r = print_all(&tallies, 0);
	tallies_clear(&tallies);
	return r;
}

static void wait_for(uint64_t ms)
{
	struct timespec time = {
		.tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000,
	};

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		;
}

/* What was done since @before, which becomes what there is now. */
static int show_next(struct stats *stats, struct tallies *before)
{
	struct tallies now, between = { 0 };
	int r = tallies_ask(stats->name, &now, &stats->verb.failure);

	if (r < 0)
		return r;
	r = tallies_between(before, &now, &between);
	if (r == 0)
		r = print_all(&between, (double)between.now / 1e9);
	tallies_clear(&between);
	tallies_clear(before);
	*before = now;
	return r;
}

static int show_often(struct stats *stats)
{
	struct tallies before;
	int r = tallies_ask(stats->name, &before, &stats->verb.failure);

	if (r < 0)
		return r;
	for (uint64_t i = 0; r == 0 && (stats->times == 0 || i < stats->times);
	     i++) {
		wait_for(stats->interval_ms);
		if (i > 0)
			printf("\n");
		r = show_next(stats, &before);
		fflush(stdout);
	}
	tallies_clear(&before);
	return r;
}

int verb_stats(int argc, char **argv)
{
	struct stats stats = { 0 };
	struct failure *f = &stats.verb.failure;
	const struct options_entry entries[] = {
		{ "interval", 'i', OPTIONS_TIME, "TIME",
		  "show what is done in each such time", &stats.interval_ms },
		{ "count", 'n', OPTIONS_NUMBER, "N",
		  "with --interval: so often, then end", &stats.times },
		{ "openmetrics", 0, OPTIONS_FLAG, NULL,
		  "print what Prometheus and others read",
		  &stats.openmetrics },
		VERB_JSON(&stats.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl stats", "[NAME]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "stats takes one NAME", f);
	if (r == 0 && stats.interval_ms > 0 &&
	    (stats.openmetrics || stats.verb.json))
		r = options_misused(&usage, "--interval is for people: "
				    "--json and --openmetrics tell it once",
				    f);
	stats.name = r == 0 && first < argc ? argv[first] : NULL;
	if (r == 0)
		r = stats.interval_ms > 0 ? show_often(&stats) :
					    show_once(&stats);
	return verb_end(&stats.verb, r);
}
