/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connect.c - see connect.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "connect.h"
#include "control.h"
#include "escape.h"
#include "failure-json.h"
#include "util.h"
#include "varlink.h"

/* What the engine inherits its connection as. */
#define ENGINE_FD 3

struct engine {
	pid_t pid;
	struct varlink *link;
};

/* For the signal handler: the engine that runs, or 0. */
static volatile sig_atomic_t running;

/* The engine decides what a signal means: it cancels what it does, and its
   answer tells us, so that we tidy up.  Ctrl-C, which is the kernel's, reaches
   it by itself; what a process sends is meant for us alone. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (number == SIGINT && info->si_code == SI_KERNEL)
		return;
	if (running > 0)
		(void)kill((pid_t)running, SIGTERM);
}

static void catch_signals(pid_t pid)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_flags = SA_RESTART };

	if (pid) {
		action.sa_sigaction = pass_on;
		action.sa_flags |= SA_SIGINFO;
	} else {
		action.sa_handler = SIG_DFL;
	}
	running = pid;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaction(signals[i], &action, NULL);
}

/* filterd lies beside us. */
static int sister(char *path, size_t len)
{
	char *slash;
	ssize_t n = readlink("/proc/self/exe", path, len - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash - path) + sizeof("/filterd") > len)
		return -ENAMETOOLONG;
	strcpy(slash, "/filterd");
	return 0;
}

/* In the child, where only what is async-signal-safe may be called. */
static _Noreturn void become_engine(const char *path, int fd)
{
	char *const argv[] = { (char *)"filterd", (char *)"engine", NULL };

	if (fd == ENGINE_FD)
		(void)fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, ENGINE_FD) < 0)
		_exit(127);
	execv(path, argv);
	_exit(127);
}

static int engine_start(struct engine *engine, struct failure *f)
{
	char path[PATH_MAX];
	int pair[2], r = sister(path, sizeof(path));

	if (r < 0)
		return failure_errno(f, r, "cannot tell where filterd is");
	if (access(path, X_OK) < 0) {
		failure_hint(f, "filterctl and filterd belong side by side");
		return failure_errno(f, -errno, "cannot start '%s'", path);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return failure_errno(f, -errno, "cannot start '%s'", path);

	engine->pid = fork();
	if (engine->pid == 0)
		become_engine(path, pair[1]);
	r = -errno;
	(void)close(pair[1]);
	if (engine->pid < 0) {
		(void)close(pair[0]);
		return failure_errno(f, r, "cannot start '%s'", path);
	}
	catch_signals(engine->pid);
	engine->link = varlink_new(pair[0]);
	return engine->link ? 0 : failure_errno(f, -ENOMEM,
						"cannot start '%s'", path);
}

/* Closing the connection is what ends it. */
static void engine_end(struct engine *engine)
{
	varlink_free(engine->link);
	if (engine->pid <= 0)
		return;
	while (waitpid(engine->pid, NULL, 0) < 0 && errno == EINTR)
		;
	catch_signals(0);
}

/* 1: more pieces follow. */
static int take_piece(struct varlink *link, connect_piece_fn *piece,
		      void *arg, struct failure *f)
{
	struct varlink_message message;
	int r = varlink_receive(link, &message, -1);

	if (r == 0)
		r = -ECONNRESET;
	if (r < 0)
		return failure_errno(f, r, "filterd did not answer");
	if (message.error) {
		r = failure_json_take(f, message.parameters, message.error);
	} else {
		piece(arg, message.parameters);
		r = message.continues ? 1 : 0;
	}
	varlink_message_clear(&message);
	return r;
}

int connect_call(const char *method, struct json_object *parameters,
		 const int *fds, size_t n_fds, connect_piece_fn *piece,
		 void *arg, struct failure *f)
{
	struct engine engine = { 0 };
	char name[64];
	int r = engine_start(&engine, f);

	(void)snprintf(name, sizeof(name), "org.filterd.Manager.%s", method);
	if (r == 0) {
		r = varlink_call(engine.link, name, parameters, true, fds,
				 n_fds);
		if (r < 0)
			(void)failure_errno(f, r, "cannot ask the engine");
	} else {
		json_object_put(parameters);
	}
	if (r == 0)
		r = connect_answers(engine.link, piece, arg, f);
	engine_end(&engine);
	return r;
}

int connect_answers(struct varlink *link, connect_piece_fn *piece, void *arg,
		    struct failure *f)
{
	int r;

	do
		r = take_piece(link, piece, arg, f);
	while (r > 0);
	return r;
}

void connect_join(void *arg, struct json_object *piece)
{
	struct json_object *all = arg;

	json_object_object_foreach(piece, key, value) {
		struct json_object *array;

		if (!json_object_is_type(value, json_type_array) ||
		    !json_object_object_get_ex(all, key, &array)) {
			json_object_object_add(all, key,
					       json_object_get(value));
			continue;
		}
		for (size_t i = 0; i < json_object_array_length(value); i++)
			json_object_array_add(array, json_object_get(
				json_object_array_get_idx(value, i)));
	}
}

int connect_collect(const char *method, struct json_object *parameters,
		    struct json_object **ret, struct failure *f)
{
	*ret = json_object_new_object();
	if (!*ret) {
		json_object_put(parameters);
		return failure_errno(f, -ENOMEM, "cannot ask the engine");
	}
	return connect_call(method, parameters, NULL, 0, connect_join, *ret, f);
}

/* What cannot be made safe is left out. */
static void tame_text(struct json_object *text)
{
	const char *said = json_object_get_string(text);
	size_t size = ESCAPE_LEN(strlen(said));
	_cleanup_free_ char *safe = malloc(size);

	(void)json_object_set_string(text, safe ?
				     escape_again(said, safe, size) : "");
}

static bool is_tame(const char *key)
{
	char safe[64];

	return streq(escape_again(key, safe, sizeof(safe)), key);
}

static void tame(struct json_object *said);

static void tame_members(struct json_object *said)
{
	json_object_object_foreach(said, key, value) {
		if (is_tame(key))
			tame(value);
		else
			json_object_object_del(said, key);
	}
}

/* What the mount says of disks it has escaped, as the engine has; but it may
   be another user's, and not filterd at all.  No deeper than a message is. */
static void tame(struct json_object *said)
{
	switch (json_object_get_type(said)) {
	case json_type_string:
		tame_text(said);
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(said); i++)
			tame(json_object_array_get_idx(said, i));
		break;
	case json_type_object:
		tame_members(said);
		break;
	default:
		break;
	}
}

static void join_tamed(void *arg, struct json_object *piece)
{
	tame(piece);
	connect_join(arg, piece);
}

int connect_mount(int dir_fd, const char *method,
		  struct json_object *parameters, struct json_object **ret,
		  struct failure *f)
{
	struct varlink *link = NULL;
	char name[64];
	int r;

	*ret = json_object_new_object();
	r = *ret ? control_connect(dir_fd, CONTROL_MOUNT, &link) : -ENOMEM;
	if (r == -ECONNREFUSED)
		failure_hint(f, "the mount died: \"filterd umount\" clears "
			     "its directory away");
	(void)snprintf(name, sizeof(name), "org.filterd.Mount.%s", method);
	if (r == 0)
		r = varlink_call(link, name, parameters, true, NULL, 0);
	else
		json_object_put(parameters);
	if (r < 0)
		(void)failure_errno(f, r, "cannot ask the mount");
	else
		r = connect_answers(link, join_tamed, *ret, f);
	varlink_free(link);
	return r;
}
