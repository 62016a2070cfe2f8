/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * layer.h - one use of a filter on one medium: its instance, its gate, its
 * states
 *
 *   NEW -start-> RUNNING <-> CLOSED (requests wait)
 *   RUNNING -lost()-> FAILED (write and flush: that error; reads go on)
 *   RUNNING, FAILED -> DRAINING -stop-> STOPPED
 *   any -> GONE (all requests: -ENXIO at once)
 *
 * Every request passes the gate (gate.h), where its thread gets a place that no
 * other running thread has: its lane.
 */
#ifndef FILTERD_LAYER_H
#define FILTERD_LAYER_H

#include "port.h"
#include "settings.h"

struct figures;
struct layer;
struct module;

enum layer_state { LAYER_NEW, LAYER_RUNNING, LAYER_CLOSED, LAYER_FAILED,
		   LAYER_DRAINING, LAYER_STOPPED, LAYER_GONE };

#define LAYER_LANES 64u		/* the last is the jobs' */

/*
 * A layer of @ops on @below, named @name in messages.  @settings are copied.
 * init has run when this returns 0; else @f says why.  @below must outlive it.
 */
int layer_new(const struct filter_ops *ops, const char *name,
	      const struct settings *settings, struct store *below,
	      struct layer **ret, struct failure *f);

/* Those that @module needs are what its library() finds: it is the one that the
   layer's ops are of, and outlives it.  Before start; without it, none. */
void layer_link(struct layer *layer, const struct module *module);

/*
 * Runs start [job] with the ticket (may be NULL, 0) and checks what the filter
 * made of the medium (granule a power of two, 512 to 65536, not smaller than
 * below; size whole granules, and 0 only above 0; not writable over what is not).  On error the
 * layer can only be freed.  -EBADMSG: the filter broke a rule.
 */
int layer_start(struct layer *layer, const void *ticket, size_t len,
		struct failure *f);

/*
 * Gate closed, flushed, level NOBODY, stop, in that order.  Returns the first
 * error; the layer is STOPPED in any case.  Blocks until no request is inside.
 */
int layer_stop(struct layer *layer);

/* fini.  Those above have been stopped and joined.  NULL is allowed. */
void layer_free(struct layer *layer);

/* From now on every request is -ENXIO; calls abort.  Any thread. */
void layer_gone(struct layer *layer);

/*
 * Requests wait (true; none is inside at return) or go on (false): for refresh
 * and suspend.  -ENXIO: the layer does not run.
 */
int layer_close_gate(struct layer *layer, bool closed);

struct store *layer_store(struct layer *layer);
const struct filter_ops *layer_ops(const struct layer *layer);
/* What its filter did; the layer's. */
const struct figures *layer_figures(const struct layer *layer);
/* What the filter itself counts.  Any thread; nothing blocks. */
void layer_status(struct layer *layer,
		  void (*put)(void *arg, const char *key, uint64_t value),
		  void *arg);
enum layer_state layer_state(const struct layer *layer);

/* What the filter said with FILTER_WHY since the last call, or ""; not
   escaped. */
void layer_why(struct layer *layer, char *buf, size_t len);

/* Before the start: who is to be told when the filter asks for a refresh; on
   any thread, until the layer is stopped; must not block. */
void layer_watch(struct layer *layer, void (*changed)(void *arg), void *arg);
/* Whether the filter has asked for a refresh since the last call. */
bool layer_changed(struct layer *layer);

/* For services.c: what it offers, with this thread's place in the layer. */
unsigned layer_lane(struct layer *layer);
void layer_change(struct layer *layer);
void layer_lost(struct layer *layer, int error);
void layer_say(struct layer *layer, int level, const char *text);
void *layer_keep(struct layer *layer, size_t len, bool *ret_kept);
const void *layer_library(const struct layer *layer, const char *name);

#endif /* FILTERD_LAYER_H */
