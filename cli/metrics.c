/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.c - tallies in OpenMetrics' text
 *
 * https://github.com/OpenObservability/OpenMetrics, 1.0: each family once, with
 * its type, all its samples together, and an end.  Of the buckets the limits
 * that are powers of two are told, always the same.
 */
#include "metrics.h"
#include "varlink.h"

#define FIRST_LIMIT 10u		/* 2^10 ns: 1 us */
#define LAST_LIMIT 36u		/* 2^36 ns: 69 s */

/* Backslash, quote and newline are what the format wants escaped. */
static void print_value(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static void print_labels(FILE *out, const struct tally *tally)
{
	print_value(out, "{source", tally->source);
	print_value(out, ",medium", tally->medium);
	print_value(out, ",level", tally->level);
	print_value(out, ",filter", tally->filter);
}

struct family {
	const char *name, *sample, *type, *help;
	void (*print)(FILE *out, const struct family *family,
		      const struct tally *tally, unsigned kind);
	uint64_t (*get)(const struct tally_count *count);
};

static uint64_t get_count(const struct tally_count *count)
{
	return count->count;
}

static uint64_t get_errors(const struct tally_count *count)
{
	return count->errors;
}

static uint64_t get_bytes(const struct tally_count *count)
{
	return count->bytes;
}

static uint64_t get_running(const struct tally_count *count)
{
	return count->running;
}

static void print_number(FILE *out, const struct family *family,
			 const struct tally *tally, unsigned kind)
{
	fputs(family->sample, out);
	print_labels(out, tally);
	fprintf(out, ",kind=\"%s\"} %llu\n", tally_kinds[kind],
		(unsigned long long)family->get(&tally->kinds[kind]));
}

static void print_sample(FILE *out, const struct family *family,
			 const char *suffix, const struct tally *tally,
			 unsigned kind)
{
	fprintf(out, "%s_%s", family->sample, suffix);
	print_labels(out, tally);
	fprintf(out, ",kind=\"%s\"", tally_kinds[kind]);
}

static void print_histogram(FILE *out, const struct family *family,
			    const struct tally *tally, unsigned kind)
{
	const struct tally_count *count = &tally->kinds[kind];
	uint64_t below = 0;
	unsigned bucket = 0;

	for (unsigned i = FIRST_LIMIT; i <= LAST_LIMIT; i++) {
		while (bucket < HISTOGRAM_BUCKETS &&
		       histogram_limit(bucket) <= UINT64_C(1) << i)
			below += count->times[bucket++];
		print_sample(out, family, "bucket", tally, kind);
		fprintf(out, ",le=\"%.9f\"} %llu\n",
			(double)(UINT64_C(1) << i) / 1e9,
			(unsigned long long)below);
	}
	while (bucket < HISTOGRAM_BUCKETS)
		below += count->times[bucket++];
	print_sample(out, family, "bucket", tally, kind);
	fprintf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)below);
	print_sample(out, family, "count", tally, kind);
	fprintf(out, "} %llu\n", (unsigned long long)below);
	print_sample(out, family, "sum", tally, kind);
	fprintf(out, "} %.9f\n", (double)count->ns / 1e9);
}

static const struct family families[] = {
	{ "filterd_requests", "filterd_requests_total", "counter",
	  "Requests that have ended.", print_number, get_count },
	{ "filterd_request_errors", "filterd_request_errors_total", "counter",
	  "Requests that have failed.", print_number, get_errors },
	{ "filterd_request_bytes", "filterd_request_bytes_total", "counter",
	  "Bytes of requests that succeeded.", print_number, get_bytes },
	{ "filterd_requests_running", "filterd_requests_running", "gauge",
	  "Requests that run now.", print_number, get_running },
	{ "filterd_request_seconds", "filterd_request_seconds", "histogram",
	  "How long requests took.", print_histogram, NULL },
};

/* A kind that never came has no samples. */
static void print_family(FILE *out, const struct family *family,
			 const struct tallies *tallies)
{
	fprintf(out, "# TYPE %s %s\n# HELP %s %s\n", family->name,
		family->type, family->name, family->help);
	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *tally = &tallies->list[i];

		for (unsigned kind = 0; kind < TALLY_KINDS; kind++)
			if (tally->kinds[kind].count > 0 ||
			    tally->kinds[kind].running > 0)
				family->print(out, family, tally, kind);
	}
}

/* What a filter counts may go down too, for all that is known here. */
static void print_figures(FILE *out, const struct tallies *tallies)
{
	static const char name[] = "filterd_filter_figure";

	fprintf(out, "# TYPE %s gauge\n# HELP %s What a filter itself counts."
		"\n", name, name);
	for (size_t i = 0; i < tallies->n; i++) {
		const struct tally *tally = &tallies->list[i];

		for (size_t j = 0; j < varlink_count(tally->figures); j++) {
			struct json_object *figure =
				json_object_array_get_idx(tally->figures, j);

			fputs(name, out);
			print_labels(out, tally);
			print_value(out, ",figure",
				    varlink_string(figure, "key"));
			fprintf(out, "} %llu\n", (unsigned long long)
				varlink_number(figure, "value"));
		}
	}
}

void metrics_print(FILE *out, const struct tallies *tallies)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		print_family(out, &families[i], tallies);
	print_figures(out, tallies);
	fprintf(out, "# EOF\n");
}
