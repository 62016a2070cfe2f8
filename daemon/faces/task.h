/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * task.h - a method call that takes long: done on a job thread, answered in
 * pieces
 */
#ifndef FILTERD_TASK_H
#define FILTERD_TASK_H

#include <stdint.h>

#include "server.h"
#include "stack.h"

struct task;

/*
 * The work, on a job thread: 0, or a negative errno said in @f.  The call's
 * parameters are there until it returns.
 */
typedef int task_work_fn(struct task *task, struct failure *f);

/* Main thread.  @call is answered when @work is done. */
void task_start(struct server_call *call, task_work_fn *work);

struct json_object *task_parameters(const struct task *task);

/*
 * One more piece of the answer, {@key: [@item]}; takes @item.  Sent at once to
 * who wants more; else kept, and all are sent together.  Job thread.
 */
void task_give(struct task *task, const char *key, struct json_object *item);

/* How far it is; told a few times a second.  -ECANCELED: the caller has gone
   or does not want it any more.  Job thread. */
int task_progress(void *task, uint64_t done, uint64_t total);

/* Those that came with the call; the task's. */
const int *task_fds(const struct task *task, size_t *ret_n);

/* A copy of the descriptor that the parameter @key is the index of.  -ENOENT:
   there is no such parameter; -EINVAL: no such descriptor. */
int task_fd(const struct task *task, const char *key);

/* Gives up all tasks, and those that are still to come.  Main thread. */
void task_cancel_all(void);

/* Calls @fn when no task is left, at once if there is none.  Main thread. */
void task_when_idle(void (*fn)(void));

/* {personality_dirs, module_dirs, filter, sector}, valid as long as the task;
   free with task_options_clear(). */
int task_options(const struct task *task, struct stack_options *ret);
void task_options_clear(struct stack_options *options);

#endif /* FILTERD_TASK_H */
