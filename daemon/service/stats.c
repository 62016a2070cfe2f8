/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.c - the method that tells what every level has done
 *
 * In a job, since filters are asked for their own figures there; attachments
 * that are just coming or going are left out.
 */
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "figures.h"
#include "job.h"
#include "service.h"
#include "stats.h"
#include "util.h"
#include "varlink.h"

struct stats {
	struct server_call *call;
	const char *name;		/* "": all */
	struct attachment **pinned;	/* each pinned once */
	size_t n;
	struct attachment *at;		/* the one that is told of */
	struct json_object *levels;
	struct failure failure;
};

static void add_number(struct json_object *object, const char *key,
		       uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static void add_text(struct json_object *object, const char *key,
		     const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

/* The buckets that are not empty. */
static struct json_object *list_times(const struct figures_sum *sum)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		struct json_object *bucket;

		if (sum->times[i] == 0)
			continue;
		bucket = json_object_new_object();
		add_number(bucket, "bucket", i);
		add_number(bucket, "count", sum->times[i]);
		json_object_array_add(list, bucket);
	}
	return list;
}

static struct json_object *make_requests(const struct figures *figures)
{
	struct json_object *list = json_object_new_array(), *object;
	struct figures_sum sum;

	for (unsigned kind = 0; kind < FIGURES_KINDS; kind++) {
		figures_sum(figures, kind, &sum);
		object = json_object_new_object();
		add_text(object, "kind", figures_word(kind));
		add_number(object, "count", sum.ended);
		add_number(object, "errors", sum.failed);
		add_number(object, "bytes", sum.bytes);
		add_number(object, "running", sum.running);
		add_number(object, "time", sum.ns);
		add_number(object, "p50", histogram_quantile(sum.times, 500));
		add_number(object, "p99", histogram_quantile(sum.times, 990));
		json_object_object_add(object, "times", list_times(&sum));
		json_object_array_add(list, object);
	}
	return list;
}

static void put_figure(void *arg, const char *key, uint64_t value)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "key", key);
	add_number(object, "value", value);
	json_object_array_add(arg, object);
}

static struct json_object *add_level(struct stats *stats, const char *level,
				     const char *medium,
				     const struct figures *figures)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "level", level);
	add_text(object, "source", stats->at->stack.source->name);
	add_text(object, "medium", medium);
	json_object_object_add(object, "requests", make_requests(figures));
	json_object_array_add(stats->levels, object);
	return object;
}

static bool is_wanted(const struct stats *stats, const char *name)
{
	return stats->name[0] == '\0' || streq(stats->name, name) ||
	       streq(stats->name, stats->at->stack.source->name);
}

static int add_medium(void *arg, struct medium *medium)
{
	struct json_object *object, *own;
	struct stats *stats = arg;

	if (!is_wanted(stats, medium->name))
		return 0;
	if (medium->layer) {
		object = add_level(stats, "filter", medium->name,
				   layer_figures(medium->layer));
		own = json_object_new_array();
		layer_status(medium->layer, put_figure, own);
		add_text(object, "filter", layer_ops(medium->layer)->name);
		json_object_object_add(object, "figures", own);
	}
	if (medium->export)
		(void)add_level(stats, "volume", medium->name,
				export_figures(medium->export));
	return 0;
}

static int collect(void *arg)
{
	struct stats *stats = arg;

	for (size_t i = 0; i < stats->n; i++) {
		const struct source *source;

		stats->at = stats->pinned[i];
		source = stats->at->stack.source;
		if (source->device && is_wanted(stats, source->name))
			(void)add_level(stats, "device", source->name,
					device_figures(source->device));
		(void)medium_each(source->root, add_medium, stats);
	}
	return 0;
}

static void collected(void *arg, int result)
{
	struct json_object *reply = json_object_new_object();
	struct stats *stats = arg;

	for (size_t i = 0; i < stats->n; i++)
		attachment_unpin(stats->pinned[i]);
	if (result == 0 && stats->name[0] != '\0' &&
	    json_object_array_length(stats->levels) == 0)
		result = failure_set(&stats->failure, -ENOENT, EXIT_NOT_FOUND,
				     "nothing of this name does anything");
	add_number(reply, "now", figures_now());
	json_object_object_add(reply, "levels", stats->levels);
	if (result == 0) {
		server_reply(stats->call, reply);
	} else {
		(void)failure_errno(&stats->failure, result, "cannot tell");
		server_fail(stats->call, &stats->failure);
		json_object_put(reply);
	}
	free(stats->pinned);
	free(stats);
}

static size_t count(const struct service *service)
{
	size_t n = 0;

	for (const struct attachment *at = service_next(service, NULL); at;
	     at = service_next(service, at))
		n++;
	return n;
}

static struct stats *stats_new(const struct service *service,
			       struct server_call *call)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	if (!stats)
		return NULL;
	stats->call = call;
	stats->name = varlink_string(server_parameters(call), "name");
	stats->levels = json_object_new_array();
	stats->pinned = calloc(count(service) + 1, sizeof(*stats->pinned));
	for (struct attachment *at = service_next(service, NULL);
	     stats->pinned && at; at = service_next(service, at))
		if (attachment_pin(at, NULL) == 0)
			stats->pinned[stats->n++] = at;
	return stats;
}

void stats_get(struct server_call *call, void *arg)
{
	struct stats *stats = stats_new(arg, call);
	struct failure f = { 0 };
	int r;

	if (!stats) {
		(void)failure_errno(&f, -ENOMEM, "cannot tell");
		server_fail(call, &f);
		return;
	}
	r = stats->pinned ? job_start(collect, collected, stats) : -ENOMEM;
	if (r < 0)
		collected(stats, r);
}
