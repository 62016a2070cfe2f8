/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gate.h - who is inside a layer, and who may enter
 *
 * A row of slots, a cache line each.  Who enters takes a free one, in steady
 * state always the same, and so writes no line that another core reads; the
 * slot's number is its lane.  Who closes the gate stores the state, then waits
 * until nobody is inside: whoever took a slot before sees the state, or is
 * seen.
 *
 * A thread carries a frame for each gate that it is inside of, innermost
 * first; scratch memory taken since is given back on leaving.
 */
#ifndef FILTERD_GATE_H
#define FILTERD_GATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define GATE_SLOTS 64u		/* the last is for jobs */

enum gate_state {
	GATE_SHUT,	/* -ENXIO */
	GATE_OPEN,
	GATE_CLOSED,	/* who comes waits */
	GATE_GONE,	/* -ENXIO for ever */
};

struct gate {
	_Atomic int state;		/* enum gate_state */
	_Atomic unsigned waiting;	/* threads in cond_wait, of any kind */
	pthread_mutex_t lock;		/* for waiting alone */
	pthread_cond_t changed;
	struct gate_slot {
		_Atomic int use;
	} __attribute__((aligned(64))) slots[GATE_SLOTS];
};

struct gate_frame {
	struct gate_frame *outer;
	struct gate *gate;
	unsigned slot;
	size_t mark;			/* of the scratch stack */
};

/* It begins shut.  0 or a negative errno. */
int gate_init(struct gate *gate);

/* Nobody may be on the way in or out: those who could call were joined. */
void gate_destroy(struct gate *gate);

/*
 * Enters, on this thread until gate_leave(); waits while the gate is closed or
 * every slot is taken.  0 or -ENXIO.
 */
int gate_enter(struct gate *gate, struct gate_frame *frame);

/*
 * The same whatever the state, and without being waited for: for those who
 * change the state, and their calls into the filter.  One thread at once.
 */
void gate_enter_job(struct gate *gate, struct gate_frame *frame);

/* Frames are left in the reverse order of entering. */
void gate_leave(struct gate_frame *frame);

/*
 * The slot that this thread has in the gate.  A thread that has not entered, a
 * filter's own, gets one that it keeps until it ends (which must be before the
 * gate does) and is not waited for.  What such threads have, requests lack.
 */
unsigned gate_lane(struct gate *gate);

/* Nothing changes once the gate is gone.  Any thread. */
void gate_set(struct gate *gate, enum gate_state state);
enum gate_state gate_state(const struct gate *gate);

/* Waits until nobody who could be waited for is inside. */
void gate_drain(struct gate *gate);

#endif /* FILTERD_GATE_H */
