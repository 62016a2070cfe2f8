/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transfer.c - see transfer.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "advice.h"
#include "cleanup.h"
#include "copy.h"
#include "escape.h"
#include "passkey.h"
#include "transfer.h"
#include "util.h"

static void hint_choice(struct medium **media, struct failure *f)
{
	char names[300] = "";
	size_t len = 0;

	for (; *media && len < sizeof(names) - 80; media++)
		len += (size_t)snprintf(names + len, sizeof(names) - len,
					"%s%.64s", len ? ", " : "",
					(*media)->name);
	failure_hint(f, "name a partition (SOURCE:2), or one of them with "
		     "--volume: %s", names);
}

/* What SOURCE names, if one volume stands there; else the one called @name. */
static int choose(const struct stack *stack, const char *name,
		  struct medium **ret, struct failure *f)
{
	_cleanup_free_ struct medium **media = NULL;
	char safe[128];
	size_t n;
	int r = stack_volumes(stack, &media, &n);

	if (r < 0)
		return r;
	if (n == 0) {
		r = advice_refuse(stack, media, n, f);
		return r < 0 ? r : failure_set(f, -ENOENT, EXIT_NO_MATCH,
					       "there is no volume on it");
	}
	if (n > 1 && *name == '\0') {
		hint_choice(media, f);
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "there is more than one volume");
	}
	for (size_t i = 0; i < n; i++) {
		if (*name == '\0' || streq(name, media[i]->name)) {
			*ret = media[i];
			return 0;
		}
	}
	hint_choice(media, f);
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "there is no volume '%s' on it",
			   escape(name, safe, sizeof(safe)));
}

static int copy_one(struct task *task, struct medium *medium, int fd,
		    struct failure *f)
{
	struct json_object *parameters = task_parameters(task);
	bool in = varlink_bool(parameters, "in");

	if (in && varlink_bool(parameters, "dry_run"))
		return copy_check(medium->store, medium->name, fd, f);
	return (in ? copy_in : copy_out)(medium->store, medium->name, fd,
					 task_progress, task, f);
}

static int copy_volume(struct task *task, struct stack *stack, int fd,
		       struct failure *f)
{
	struct json_object *parameters = task_parameters(task);
	struct medium *medium = NULL;
	int r = stack_attach(stack, varlink_string(parameters, "source"), f);

	if (r == 0)
		r = stack_match(stack, f);
	if (r == 0)
		r = choose(stack, varlink_string(parameters, "volume"),
			   &medium, f);
	if (r == 0)
		r = copy_one(task, medium, fd, f);
	/* What was written last is durable only when all is taken down. */
	if (r == 0)
		return stack_detach(stack, f);
	return r;
}

int transfer(struct task *task, struct failure *f)
{
	bool in = varlink_bool(task_parameters(task), "in");
	struct stack_options options;
	struct stack stack = { 0 };
	size_t n_fds;
	const int *fds = task_fds(task, &n_fds);
	_cleanup_fd_ int fd = task_fd(task, "fd");
	int r = task_options(task, &options);

	if (r == 0 && fd < 0)
		r = -EBADF;
	if (r == 0)
		r = passkey_take(task_parameters(task), fds, n_fds,
				 &options.ask, f);
	options.start = true;
	options.writable = in;
	if (r == 0)
		r = stack_load(&stack, &options, f);
	if (r == 0)
		r = copy_volume(task, &stack, fd, f);
	stack_close(&stack);
	passkey_close(&options.ask);
	task_options_clear(&options);
	return r;
}
