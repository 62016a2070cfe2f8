/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkup.h - what filterd needs of a machine, looked at piece by piece
 *
 * Each piece is tried with the rights of who asks, not looked up: a volume is
 * mounted and read, memory is locked, a helper is started in its cage.
 */
#ifndef FILTERD_CHECKUP_H
#define FILTERD_CHECKUP_H

#include <json-c/json.h>

#include "stack.h"

enum checkup_state {
	CHECKUP_OK,
	CHECKUP_WARN,		/* it works, but less well or less safely */
	CHECKUP_FAIL,		/* something that is wanted cannot be done */
};

struct checkup {
	const struct stack *stack;	/* loaded; nothing attached */
	/* Owns @finding: {name, state, text, fix}. */
	void (*give)(void *arg, struct json_object *finding);
	void *arg;
};

/* Looks at everything, and gives at least one finding of each piece.  Blocks,
   a second or so; on a job thread. */
void checkup_run(const struct checkup *checkup);

/* One finding: @name is a word, @fix what to do ("": nothing). */
void checkup_tell(const struct checkup *checkup, const char *name,
		  enum checkup_state state, const char *fix, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));

/* What failed, as the finding of @name. */
void checkup_tell_failure(const struct checkup *checkup, const char *name,
			  enum checkup_state state, const struct failure *f);

/* The pieces: checkup-trial.c, -kernel.c, -parts.c. */
void checkup_helper(const struct checkup *checkup);
void checkup_speed(const struct checkup *checkup);
void checkup_volume(const struct checkup *checkup);
void checkup_sharing(const struct checkup *checkup);
void checkup_kernel(const struct checkup *checkup);
void checkup_processor(const struct checkup *checkup);
void checkup_memory(const struct checkup *checkup);
void checkup_sandbox(const struct checkup *checkup);
void checkup_filters(const struct checkup *checkup);
void checkup_personalities(const struct checkup *checkup);
void checkup_libraries(const struct checkup *checkup);
void checkup_service(const struct checkup *checkup);

#endif /* FILTERD_CHECKUP_H */
