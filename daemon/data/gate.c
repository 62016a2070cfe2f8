/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gate.c - who is inside a layer, and who may enter
 *
 * All atomics are sequentially consistent, and must be: entering stores a slot
 * and then loads the state, closing stores the state and then loads the slots;
 * leaving stores a slot and then loads the number of those who wait, waiting
 * counts itself and then loads the slots.  With anything weaker both of a pair
 * could miss each other.
 *
 * Code paths: [data] enter, leave, lane; [job] the rest.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "gate.h"
#include "scratch.h"

#define JOB_SLOT	(GATE_SLOTS - 1)

enum { SLOT_FREE, SLOT_BUSY, SLOT_PARKED };

static _Thread_local struct gate_frame *innermost;

/* The slot that this thread tries first, in every gate. */
static _Thread_local unsigned hint = JOB_SLOT;	/* not known yet */
static _Atomic unsigned next_hint;

/* Of a filter's own thread: the frame below all others, left when it ends. */
static _Thread_local struct gate_frame base;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

int gate_init(struct gate *gate)
{
	int r;

	atomic_init(&gate->state, GATE_SHUT);
	atomic_init(&gate->waiting, 0);
	for (unsigned i = 0; i < GATE_SLOTS; i++)
		atomic_init(&gate->slots[i].use, SLOT_FREE);
	r = pthread_mutex_init(&gate->lock, NULL);
	if (r != 0)
		return -r;
	r = pthread_cond_init(&gate->changed, NULL);
	if (r != 0)
		(void)pthread_mutex_destroy(&gate->lock);
	return -r;
}

void gate_destroy(struct gate *gate)
{
	(void)pthread_cond_destroy(&gate->changed);
	(void)pthread_mutex_destroy(&gate->lock);
}

enum gate_state gate_state(const struct gate *gate)
{
	return (enum gate_state)atomic_load(&gate->state);
}

static bool is_over(const struct gate *gate)
{
	int state = atomic_load(&gate->state);

	return state == GATE_SHUT || state == GATE_GONE;
}

static bool has_slot(const struct gate *gate)
{
	for (unsigned i = 0; i < JOB_SLOT; i++)
		if (atomic_load(&gate->slots[i].use) == SLOT_FREE)
			return true;
	return false;
}

static bool has_slot_or_is_over(const struct gate *gate)
{
	return has_slot(gate) || is_over(gate);
}

static bool is_drained(const struct gate *gate)
{
	for (unsigned i = 0; i < JOB_SLOT; i++)
		if (atomic_load(&gate->slots[i].use) == SLOT_BUSY)
			return false;
	return true;
}

static bool is_not_closed(const struct gate *gate)
{
	return atomic_load(&gate->state) != GATE_CLOSED;
}

static void wait_until(struct gate *gate,
		       bool (*fact)(const struct gate *gate))
{
	(void)pthread_mutex_lock(&gate->lock);
	atomic_fetch_add(&gate->waiting, 1);
	while (!fact(gate))
		(void)pthread_cond_wait(&gate->changed, &gate->lock);
	atomic_fetch_sub(&gate->waiting, 1);
	(void)pthread_mutex_unlock(&gate->lock);
}

static void wake(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->lock);
	(void)pthread_cond_broadcast(&gate->changed);
	(void)pthread_mutex_unlock(&gate->lock);
}

/* Takes a free slot for @use: this thread's own if it can be.  -1: none. */
static int take_slot(struct gate *gate, int use)
{
	if (hint == JOB_SLOT)
		hint = atomic_fetch_add(&next_hint, 1) % JOB_SLOT;

	for (unsigned i = 0; i < JOB_SLOT; i++) {
		unsigned at = (hint + i) % JOB_SLOT;
		int free_slot = SLOT_FREE;

		if (atomic_load(&gate->slots[at].use) != SLOT_FREE)
			continue;
		if (atomic_compare_exchange_strong(&gate->slots[at].use,
						   &free_slot, use)) {
			hint = at;
			return (int)at;
		}
	}
	return -1;
}

static void give_slot(struct gate *gate, unsigned slot)
{
	atomic_store(&gate->slots[slot].use, SLOT_FREE);
	if (atomic_load(&gate->waiting) > 0)
		wake(gate);
}

static void push(struct gate *gate, struct gate_frame *frame, unsigned slot)
{
	*frame = (struct gate_frame){
		.outer = innermost,
		.gate = gate,
		.slot = slot,
		.mark = scratch_mark(),
	};
	innermost = frame;
}

int gate_enter(struct gate *gate, struct gate_frame *frame)
{
	for (;;) {
		int slot = take_slot(gate, SLOT_BUSY);

		if (slot >= 0 && gate_state(gate) == GATE_OPEN) {
			push(gate, frame, (unsigned)slot);
			return 0;
		}
		if (slot >= 0)
			give_slot(gate, (unsigned)slot);
		if (is_over(gate))
			return -ENXIO;
		wait_until(gate, slot < 0 ? has_slot_or_is_over :
					    is_not_closed);
	}
}

void gate_enter_job(struct gate *gate, struct gate_frame *frame)
{
	push(gate, frame, JOB_SLOT);
}

void gate_leave(struct gate_frame *frame)
{
	assert(innermost == frame);
	innermost = frame->outer;
	scratch_release(frame->mark);
	if (frame->slot != JOB_SLOT)
		give_slot(frame->gate, frame->slot);
}

static void leave_base(void *unused)
{
	(void)unused;
	give_slot(base.gate, base.slot);
	base.gate = NULL;
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, leave_base);
}

/*
 * The frame goes below those that the thread may have.  Without the key its
 * slot stays taken when the thread ends, which is all the harm there is.
 */
static unsigned park(struct gate *gate)
{
	struct gate_frame **at = &innermost;
	int slot;

	assert(!base.gate);
	while ((slot = take_slot(gate, SLOT_PARKED)) < 0)
		wait_until(gate, has_slot);
	base = (struct gate_frame){ .gate = gate, .slot = (unsigned)slot };
	while (*at)
		at = &(*at)->outer;
	*at = &base;
	if (pthread_once(&once, make_key) == 0 && key_error == 0)
		(void)pthread_setspecific(key, &base);
	return base.slot;
}

unsigned gate_lane(struct gate *gate)
{
	for (struct gate_frame *at = innermost; at; at = at->outer)
		if (at->gate == gate)
			return at->slot;
	return park(gate);
}

void gate_set(struct gate *gate, enum gate_state state)
{
	int now = atomic_load(&gate->state);

	while (now != GATE_GONE)
		if (atomic_compare_exchange_weak(&gate->state, &now,
						 (int)state))
			break;
	wake(gate);
}

void gate_drain(struct gate *gate)
{
	wait_until(gate, is_drained);
}
