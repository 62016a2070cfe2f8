/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stack.h - a source and all that stands on it, as somebody asked for it
 *
 * What the faces have in common: personalities and modules are loaded, a
 * source is opened and claimed, matched, and taken down again.
 */
#ifndef FILTERD_STACK_H
#define FILTERD_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "matcher.h"
#include "source.h"

/* Strings are the caller's and outlive the stack; lists end with NULL, and
   may be NULL. */
struct stack_options {
	const char *const *personality_dirs;	/* before the usual ones */
	const char *const *module_dirs;		/* likewise */
	const char *filter;	/* "NAME,KEY=VALUE,..." for the source; NULL */
	bool start;		/* claim, and start what matches */
	bool writable;
	bool keep_going;
	uint32_t sector;	/* of an image; 0: not said */
	bool by_fd;		/* the source is source_fd, opened by who asks
				   for it, and of it the partition; not what
				   stack_attach() is told */
	int source_fd;		/* the caller's */
	unsigned partition;	/* 0: the whole */
	struct ask ask;
};

struct stack {
	struct stack_options options;
	struct catalogue *catalogue;	/* a reference */
	struct modules *modules;
	bool shared;			/* modules is another's */
	struct source *source;	/* NULL: none attached */
	struct matcher matcher;	/* its callbacks are the user's to set */
};

/* Where personalities are looked for: in @own (may be NULL), then in the usual
   directories.  Freed by the caller, but not its strings; NULL: no memory. */
const char **stack_personality_dirs(const char *const *own);

/* All personalities there.  Faulty ones are logged and left out.  *ret is the
   caller's.  0, or a negative errno said in @f. */
int stack_catalogue(const char *const *own, struct catalogue **ret,
		    struct failure *f);

/*
 * Loads personalities and modules.  Faulty personalities are logged and left
 * out.  0, or a negative errno said in @f; close in any case.
 */
int stack_load(struct stack *stack, const struct stack_options *options,
	       struct failure *f);

/* The same with what somebody has loaded: @catalogue (of which the stack takes
   a reference) and @modules, which must outlive it. */
int stack_share(struct stack *stack, const struct stack_options *options,
		struct catalogue *catalogue, struct modules *modules,
		struct failure *f);
void stack_close(struct stack *stack);

/* From now on it matches with @catalogue, of which it takes a reference, and
   with its own filter as before.  0, or -ENOMEM and nothing is changed. */
int stack_renew(struct stack *stack, struct catalogue *catalogue);

/* Opens @spec and, if the options say start, claims it. */
int stack_attach(struct stack *stack, const char *spec, struct failure *f);

/* As matcher_run(): blocks, on a job thread or where no loop runs. */
int stack_match(struct stack *stack, struct failure *f);

/*
 * Takes down what stands on the source and closes it; the first error of
 * flushing, said in @f.  Nothing may be exported any more.  Blocks.
 */
int stack_detach(struct stack *stack, struct failure *f);

/*
 * The device of the source has vanished: every request to what stands on it
 * fails with -ENXIO from now on, and what waits in a filter is called off.
 * Main thread, and not while the stack is being attached or detached.
 */
void stack_lost(struct stack *stack);

/* The medium that SOURCE names: the whole, or the partition after its ':'.
   NULL: the map has no such partition. */
struct medium *stack_top(const struct stack *stack);

/*
 * The volumes of the stack: what nothing stands on and somebody could use. Of
 * an image each leaf, of a kernel block device each leaf above a filter; never
 * what could not be opened.  *ret is NULL-terminated, freed by the caller.
 */
int stack_volumes(const struct stack *stack, struct medium ***ret,
		  size_t *ret_n);

#endif /* FILTERD_STACK_H */
