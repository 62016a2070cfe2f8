/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * findings.c - see findings.h
 */
#include <errno.h>

#include "advice.h"
#include "cleanup.h"
#include "escape.h"
#include "findings.h"
#include "wording.h"

static int find_closed(void *arg, struct medium *medium)
{
	struct medium **closed = arg;

	*closed = medium;
	return medium->error < 0;
}

/* There is no volume, or only the disk itself as it is: why? */
static int say_nothing(const struct stack *stack, struct failure *f)
{
	struct medium *top = stack_top(stack), *closed = NULL;
	const char *type = top->signature.type;
	char path[256], text[2 * WORDING_LEN];

	escape(stack->source->path, path, sizeof(path));
	if (medium_each(top, find_closed, &closed) > 0)
		return failure_set(f, closed->error,
				   failure_code(closed->error),
				   "nothing on '%s' could be opened: %s", path,
				   wording_fate(closed, text, sizeof(text)));
	if (type[0] && !top->matched)
		failure_hint(f, "it holds %s as it is: mount it without "
			     "filterd, or name a filter with --filter",
			     escape(type, text, sizeof(text)));
	failure_hint(f, "see why with \"filterctl explain %s\", or name a "
		     "filter with --filter", path);
	return failure_set(f, -ENODEV, EXIT_NO_MATCH,
			   "nothing on '%s' matches a filter", path);
}

/* On a disk without a map and without a filter there is nothing for us. */
int findings_check(const struct stack *stack, struct failure *f)
{
	const struct medium *top = stack_top(stack);
	_cleanup_free_ struct medium **media = NULL;
	size_t n;
	int r = stack_volumes(stack, &media, &n);

	if (r < 0)
		return failure_errno(f, r, "cannot publish volumes");
	r = advice_refuse(stack, media, n, f);
	if (r < 0)
		return r;
	if (n > 0 && (top->matched || top != stack->source->root))
		return 0;
	return say_nothing(stack, f);
}

static int find_work(void *arg, struct medium *medium)
{
	const struct stack *stack = arg;
	const struct outcome *outcome = wording_furthest(medium);

	if (!outcome)
		return 0;
	if (outcome->step == OUTCOME_WOULD_START)
		return 1;
	return outcome->step == OUTCOME_RUNNING &&
	       (!outcome->personality->scheme || !stack->source->block);
}

bool findings_worth(const struct stack *stack)
{
	return medium_each(stack->source->root, find_work,
			   (void *)stack) > 0;
}
