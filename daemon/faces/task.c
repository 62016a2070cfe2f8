/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * task.c - see task.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "job.h"
#include "task.h"

#define PROGRESS_NS 200000000u	/* between two lines of progress */

struct task {
	struct task *next;
	struct server_call *call;
	volatile int cancelled;		/* atomic */
	task_work_fn *work;
	struct json_object *answer;	/* what was given and not sent */
	struct failure failure;
	uint64_t told_ns;		/* when progress was told last */
	int *fds;			/* ours, so that they stay open */
	size_t n_fds;
};

/* A piece on its way to the main thread. */
struct piece {
	struct task *task;
	struct json_object *object;
};

/* Main thread alone. */
static struct task *tasks;
static bool cancelled;
static void (*idle)(void);

void task_cancel_all(void)
{
	cancelled = true;
	for (struct task *task = tasks; task; task = task->next)
		__atomic_store_n(&task->cancelled, 1, __ATOMIC_RELAXED);
}

void task_when_idle(void (*fn)(void))
{
	idle = fn;
	if (!tasks)
		fn();
}

static bool is_cancelled(const struct task *task)
{
	return __atomic_load_n(&task->cancelled, __ATOMIC_RELAXED) != 0;
}

static void take_out(struct task *task)
{
	struct task **at = &tasks;

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
}

static void task_free(struct task *task)
{
	take_out(task);
	for (size_t i = 0; i < task->n_fds; i++)
		if (task->fds[i] >= 0)
			(void)close(task->fds[i]);
	free(task->fds);
	json_object_put(task->answer);
	free(task);
	if (!tasks && idle)
		idle();
}

static int work(void *arg)
{
	struct task *task = arg;
	int r = task->work(task, &task->failure);

	if (r < 0 && is_cancelled(task))
		task->failure.code = EXIT_INTERRUPTED;
	if (r < 0)
		(void)failure_errno(&task->failure, r, "failed");
	return r;
}

static void done(void *arg, int result)
{
	struct task *task = arg;

	if (result < 0) {
		server_fail(task->call, &task->failure);
	} else {
		server_reply(task->call, task->answer);
		task->answer = NULL;
	}
	task_free(task);
}

static int take_fds(struct task *task)
{
	const int *fds = server_fds(task->call, &task->n_fds);

	if (task->n_fds == 0)
		return 0;
	task->fds = calloc(task->n_fds, sizeof(*task->fds));
	if (!task->fds) {
		task->n_fds = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < task->n_fds; i++)
		task->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
	return 0;
}

void task_start(struct server_call *call, task_work_fn *fn)
{
	struct task *task = calloc(1, sizeof(*task));
	struct failure f = { 0 };
	int r = -ENOMEM;

	if (task) {
		task->next = tasks;
		tasks = task;
		task->cancelled = cancelled;
		task->call = call;
		task->work = fn;
		task->answer = json_object_new_object();
		r = task->answer ? take_fds(task) : -ENOMEM;
	}
	if (r == 0)
		r = job_start(work, done, task);
	if (r == 0)
		return;
	if (task)
		task_free(task);
	(void)failure_errno(&f, r, "cannot begin");
	server_fail(call, &f);
}

struct json_object *task_parameters(const struct task *task)
{
	return server_parameters(task->call);
}

static void send_piece(void *arg)
{
	struct piece *piece = arg;

	server_continue(piece->task->call, piece->object);
}

static void keep(struct task *task, const char *key,
		 struct json_object *item)
{
	struct json_object *array;

	if (!json_object_object_get_ex(task->answer, key, &array)) {
		array = json_object_new_array();
		json_object_object_add(task->answer, key, array);
	}
	json_object_array_add(array, item);
}

void task_give(struct task *task, const char *key, struct json_object *item)
{
	struct piece piece = { .task = task };
	struct json_object *array;

	if (!server_wants_more(task->call)) {
		keep(task, key, item);
		return;
	}
	array = json_object_new_array();
	piece.object = json_object_new_object();
	json_object_array_add(array, item);
	json_object_object_add(piece.object, key, array);
	events_call(send_piece, &piece);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int task_progress(void *arg, uint64_t bytes, uint64_t total)
{
	struct task *task = arg;
	struct piece piece = { .task = task };
	uint64_t now = now_ns();

	if (is_cancelled(task) || server_call_gone(task->call))
		return -ECANCELED;
	if (!server_wants_more(task->call) ||
	    (now - task->told_ns < PROGRESS_NS && bytes < total))
		return 0;
	task->told_ns = now;
	piece.object = json_object_new_object();
	json_object_object_add(piece.object, "done",
			       json_object_new_uint64(bytes));
	json_object_object_add(piece.object, "total",
			       json_object_new_uint64(total));
	json_object_object_add(piece.object, "unit",
			       json_object_new_string("bytes"));
	events_call(send_piece, &piece);
	return 0;
}

const int *task_fds(const struct task *task, size_t *ret_n)
{
	*ret_n = task->n_fds;
	return task->fds;
}

int task_fd(const struct task *task, const char *key)
{
	int fd = varlink_fd_at(task_parameters(task), key, task->fds,
			       task->n_fds);

	return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* An array of strings; other things in it are passed over. */
static const char **read_list(struct json_object *object, const char *key)
{
	struct json_object *array = varlink_array(object, key);
	const char **list;
	size_t n = 0, len = varlink_count(array);

	list = calloc(len + 1, sizeof(*list));
	for (size_t i = 0; list && i < len; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (json_object_is_type(item, json_type_string))
			list[n++] = json_object_get_string(item);
	}
	return list;
}

int task_options(const struct task *task, struct stack_options *ret)
{
	struct json_object *parameters = task_parameters(task);
	const char *filter = varlink_string(parameters, "filter");

	*ret = (struct stack_options){
		.personality_dirs = read_list(parameters, "personality_dirs"),
		.module_dirs = read_list(parameters, "module_dirs"),
		.filter = *filter ? filter : NULL,
		.sector = (uint32_t)varlink_number(parameters, "sector"),
		.ask = { .fd = -1, .cancelled = &task->cancelled },
	};
	return ret->personality_dirs && ret->module_dirs ? 0 : -ENOMEM;
}

void task_options_clear(struct stack_options *options)
{
	free((void *)options->personality_dirs);
	free((void *)options->module_dirs);
}
