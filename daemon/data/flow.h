/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.h - requests through a layer, and the inside of one
 *
 * For layer.c alone, which sees to the layer's life.
 */
#ifndef FILTERD_FLOW_H
#define FILTERD_FLOW_H

#include "figures.h"
#include "gate.h"
#include "layer.h"
#include "log.h"

#define LAYER_WHY_LEN	256

/* Fixed from start to stop, but for atomics and what a lock guards. */
struct layer {
	struct store store;		/* first: what it publishes */
	const struct filter_ops *ops;
	const struct module *module;	/* of ops, for library(); or NULL */
	char *name;
	void *self;
	struct port next;		/* its connection to what is below */
	struct settings settings;	/* self points into their texts */
	void *kept;
	size_t kept_len;
	_Atomic int error;		/* of lost(): sticky */
	atomic_bool changed;
	struct {
		void (*changed)(void *arg);
		void *arg;
	} watch;
	atomic_bool told;		/* that it breaks rules */
	struct gate gate;
	struct figures figures;		/* a row is a slot of the gate */

	pthread_mutex_t job;		/* one job at once; guards these: */
	_Atomic int stage;		/* enum layer_state; read by all */
	unsigned users[FILTER_WRITER + 1];	/* at each level; NOBODY's
						   number means nothing */
	int level;			/* the highest that has users */
	_Atomic int own;		/* what it holds below for itself; read
					   by all */

	/* A leaf: guards why, the list of settings (its texts change in jobs
	   alone) and the talks. */
	pthread_mutex_t facts_lock;
	struct talk *talks;
	bool ending;			/* no more talks begin */
	char why[LAYER_WHY_LEN];
};

/* For log_about(). */
static inline struct log_about layer_about(const struct layer *layer)
{
	return (struct log_about){ .medium = layer->name,
				   .filter = layer->ops->name };
}

/* The store that a layer is. */
extern const struct store_ops flow_ops;

/* Whether its filter can be asked for something; job is held. */
static inline bool layer_runs(const struct layer *layer)
{
	enum layer_state state = layer_state(layer);

	return state == LAYER_RUNNING || state == LAYER_FAILED;
}

/* "'vault': filter crypt @what: " and what the filter said, or @error. */
int layer_fail(struct layer *layer, int error, const char *what,
	       struct failure *f);

/* "'vault': filter crypt broke a rule: ": -EBADMSG. */
int layer_accuse(const struct layer *layer, const char *rule,
		 struct failure *f);

/* What an error can be: -4095 to -1, as the kernel has it. */
static inline bool is_errno(int r)
{
	return r < 0 && r >= -4095;
}

/* What a filter returned, made 0 or a negative errno. */
static inline int as_result(int r)
{
	return r == 0 || is_errno(r) ? r : -EIO;
}

#endif /* FILTERD_FLOW_H */
