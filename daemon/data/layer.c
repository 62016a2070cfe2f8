/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer.c - one use of a filter on one medium: its life, from init to fini
 *
 * How requests pass through it is in flow.c.
 *
 * Code paths: [job], but layer_gone() and what services.c calls [any].
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "cleanup.h"
#include "escape.h"
#include "flow.h"
#include "levels.h"
#include "log.h"
#include "product.h"
#include "talk.h"
#include "module.h"
#include "scratch.h"
#include "services.h"

_Static_assert(LAYER_LANES == GATE_SLOTS, "a lane is a slot of the gate");

int layer_fail(struct layer *layer, int error, const char *what,
	       struct failure *f)
{
	char why[LAYER_WHY_LEN], text[ESCAPE_LEN(LAYER_WHY_LEN)];

	layer_why(layer, why, sizeof(why));
	if (why[0] == '\0')
		return failure_errno(f, error, "'%s': filter %s %s",
				     layer->name, layer->ops->name, what);
	return failure_set(f, error, failure_code(error),
			   "'%s': filter %s %s: %s", layer->name,
			   layer->ops->name, what,
			   escape(why, text, sizeof(text)));
}

/* Making and freeing. */

static void unmake(struct layer *layer)
{
	free(layer->self);
	free(layer->name);
	settings_clear(&layer->settings);
	(void)pthread_mutex_destroy(&layer->facts_lock);
	(void)pthread_mutex_destroy(&layer->job);
	figures_destroy(&layer->figures);
	gate_destroy(&layer->gate);
	free(layer);
}

/* Zeroed, and on a cache line for the gate's sake. */
static struct layer *make(void)
{
	struct layer *layer = aligned_alloc(_Alignof(struct layer),
					    sizeof(*layer));

	if (!layer)
		return NULL;
	memset(layer, 0, sizeof(*layer));
	if (gate_init(&layer->gate) < 0) {
		free(layer);
		return NULL;
	}
	if (figures_init(&layer->figures, GATE_SLOTS, false) < 0) {
		gate_destroy(&layer->gate);
		free(layer);
		return NULL;
	}
	/* Default mutexes need nothing that could be missing. */
	(void)pthread_mutex_init(&layer->job, NULL);
	(void)pthread_mutex_init(&layer->facts_lock, NULL);
	return layer;
}

static int fill(struct layer *layer, const char *name,
		const struct settings *settings, struct store *below,
		struct failure *f)
{
	int r;

	port_init(&layer->next, below);
	services_init(&layer->next, layer);
	layer->store.ops = &flow_ops;
	layer->name = strdup(name);
	layer->self = calloc(1, MAX(layer->ops->instance_size, (size_t)1));
	if (!layer->name || !layer->self)
		return failure_errno(f, -ENOMEM, "'%s'", name);
	r = settings_copy(settings, &layer->settings);
	if (r < 0)
		return failure_errno(f, r, "'%s'", name);
	r = settings_apply(&layer->settings, layer->ops, layer->self, f);
	if (r < 0)
		return r;
	r = layer->ops->init ? as_result(layer->ops->init(layer->self)) : 0;
	return r == 0 ? 0 : layer_fail(layer, r, "refused its settings", f);
}

int layer_new(const struct filter_ops *ops, const char *name,
	      const struct settings *settings, struct store *below,
	      struct layer **ret, struct failure *f)
{
	struct layer *layer = make();
	int r;

	if (!layer)
		return failure_errno(f, -ENOMEM, "'%s'", name);
	layer->ops = ops;
	r = fill(layer, name, settings, below, f);
	if (r < 0) {
		unmake(layer);
		return r;
	}
	*ret = layer;
	return 0;
}

void layer_link(struct layer *layer, const struct module *module)
{
	layer->module = module;
}

void layer_free(struct layer *layer)
{
	if (!layer)
		return;
	assert(layer->stage == LAYER_NEW || layer->stage == LAYER_STOPPED);
	if (layer->ops->fini)
		layer->ops->fini(layer->self);
	if (layer->kept)
		(void)munmap(layer->kept, layer->kept_len);
	unmake(layer);
}

/* Starting. */

int layer_accuse(const struct layer *layer, const char *rule,
		 struct failure *f)
{
	return failure_set(f, -EBADMSG, EXIT_FAILED,
			   "'%s': filter %s broke a rule: %s", layer->name,
			   layer->ops->name, rule);
}

/* In a job's frame. */
static int start(struct layer *layer, const void *ticket, size_t len,
		 struct filter_medium *medium, struct failure *f)
{
	const struct filter_ops *ops = layer->ops;
	struct filter_next *next = &layer->next.face;
	const char *rule;
	int r;

	r = ops->start ? ops->start(layer->self, next, medium, ticket, len) : 0;
	if (r < 0)
		return layer_fail(layer, r, "did not start", f);
	rule = r > 0 ? "its start returned more than 0" :
		       product_broken_rule(medium, next->medium);
	if (!rule)
		return 0;
	if (ops->stop)
		(void)ops->stop(layer->self, next);	/* the rule is told */
	return layer_accuse(layer, rule, f);
}

int layer_start(struct layer *layer, const void *ticket, size_t len,
		struct failure *f)
{
	struct filter_medium medium = layer->next.medium;
	struct gate_frame frame;
	int r;

	(void)pthread_mutex_lock(&layer->job);
	assert(layer->stage == LAYER_NEW);
	gate_enter_job(&layer->gate, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r < 0)
		(void)layer_fail(layer, r, "did not start", f);
	else
		r = start(layer, ticket, len, &medium, f);
	gate_leave(&frame);
	if (r == 0) {
		product_trim(layer->ops, &medium);
		layer->store.medium = medium;
		layer->store.frees = product_frees(layer->ops, &medium,
						   layer->next.below);
		layer->stage = LAYER_RUNNING;
		gate_set(&layer->gate, GATE_OPEN);
	}
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

/* Stopping. */

/* In a job's frame, nobody else inside. */
static int flush(struct layer *layer)
{
	struct filter_next *next = &layer->next.face;
	int error = layer->error;

	if (error < 0)
		return error;
	if (layer->ops->flush)
		return layer->ops->flush(layer->self, next);
	return next->flush(next);
}

int layer_stop(struct layer *layer)
{
	struct filter_next *next = &layer->next.face;
	struct gate_frame frame;
	int first = 0, r = 0;

	talk_end_all(layer);
	(void)pthread_mutex_lock(&layer->job);
	if (layer->stage == LAYER_RUNNING || layer->stage == LAYER_CLOSED) {
		layer->stage = LAYER_DRAINING;
		gate_set(&layer->gate, GATE_SHUT);
		gate_drain(&layer->gate);
		gate_enter_job(&layer->gate, &frame);
		first = flush(layer);
		levels_lower(layer, FILTER_NOBODY);
		if (layer->ops->stop)
			r = layer->ops->stop(layer->self, next);
		levels_let_go(layer);
		gate_leave(&frame);
		layer->stage = LAYER_STOPPED;
	}
	(void)pthread_mutex_unlock(&layer->job);
	return as_result(first != 0 ? first : r);
}

void layer_gone(struct layer *layer)
{
	gate_set(&layer->gate, GATE_GONE);
	if (layer->ops->abort)
		layer->ops->abort(layer->self);
}

int layer_close_gate(struct layer *layer, bool closed)
{
	int r = -ENXIO;

	(void)pthread_mutex_lock(&layer->job);
	if (layer->stage == LAYER_RUNNING || layer->stage == LAYER_CLOSED) {
		layer->stage = closed ? LAYER_CLOSED : LAYER_RUNNING;
		gate_set(&layer->gate, closed ? GATE_CLOSED : GATE_OPEN);
		if (closed)
			gate_drain(&layer->gate);
		r = gate_state(&layer->gate) == GATE_GONE ? -ENXIO : 0;
	}
	(void)pthread_mutex_unlock(&layer->job);
	return r;
}

/* What others may know. */

struct store *layer_store(struct layer *layer)
{
	return &layer->store;
}

const struct filter_ops *layer_ops(const struct layer *layer)
{
	return layer->ops;
}

const struct figures *layer_figures(const struct layer *layer)
{
	return &layer->figures;
}

void layer_status(struct layer *layer,
		  void (*put)(void *arg, const char *key, uint64_t value),
		  void *arg)
{
	if (layer->ops->status)
		layer->ops->status(layer->self, put, arg);
}

enum layer_state layer_state(const struct layer *layer)
{
	enum layer_state stage = (enum layer_state)layer->stage;

	if (stage == LAYER_STOPPED)
		return stage;
	if (gate_state(&layer->gate) == GATE_GONE)
		return LAYER_GONE;
	return stage == LAYER_RUNNING && layer->error < 0 ? LAYER_FAILED :
							    stage;
}

void layer_why(struct layer *layer, char *buf, size_t len)
{
	(void)pthread_mutex_lock(&layer->facts_lock);
	(void)snprintf(buf, len, "%s", layer->why);
	layer->why[0] = '\0';
	(void)pthread_mutex_unlock(&layer->facts_lock);
}

void layer_watch(struct layer *layer, void (*changed)(void *arg), void *arg)
{
	assert(layer->stage == LAYER_NEW);
	layer->watch.changed = changed;
	layer->watch.arg = arg;
}

bool layer_changed(struct layer *layer)
{
	return atomic_exchange(&layer->changed, false);
}

/* What services.c offers. */

unsigned layer_lane(struct layer *layer)
{
	return gate_lane(&layer->gate);
}

void layer_change(struct layer *layer)
{
	atomic_store(&layer->changed, true);
	if (layer->watch.changed)
		layer->watch.changed(layer->watch.arg);
}

void layer_lost(struct layer *layer, int error)
{
	const struct log_about about = layer_about(layer);
	int none = 0;

	if (!is_errno(error))
		error = -EIO;
	/* The first is the one that counts. */
	if (atomic_compare_exchange_strong(&layer->error, &none, error))
		log_about(&about, LOG_LEVEL_ERR, "'%s': a write that was "
			  "acknowledged may be lost (%s); no more are accepted",
			  layer->name, strerror(-error));
}

void layer_say(struct layer *layer, int level, const char *text)
{
	const struct log_about about = layer_about(layer);
	char safe[ESCAPE_LEN(LAYER_WHY_LEN)];

	if (level == FILTER_WHY) {
		(void)pthread_mutex_lock(&layer->facts_lock);
		(void)snprintf(layer->why, sizeof(layer->why), "%s", text);
		(void)pthread_mutex_unlock(&layer->facts_lock);
		return;
	}
	log_about(&about, level == FILTER_WARNING ? LOG_LEVEL_WARNING :
			  level == FILTER_INFO	  ? LOG_LEVEL_INFO :
						    LOG_LEVEL_DEBUG,
		  "'%s': %s", layer->name, escape(text, safe, sizeof(safe)));
}

const void *layer_library(const struct layer *layer, const char *name)
{
	return layer->module ? module_library(layer->module, name) : NULL;
}

/* Nothing outlives the process yet, and so the filter is told. */
void *layer_keep(struct layer *layer, size_t len, bool *ret_kept)
{
	void *bytes;

	if (layer->kept || len == 0)
		return NULL;
	bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	layer->kept = bytes;
	layer->kept_len = len;
	*ret_kept = false;
	return bytes;
}
