/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.c - see engine.h
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "engine.h"
#include "events.h"
#include "failure.h"
#include "interface-manager.h"
#include "log.h"
#include "manager.h"
#include "task.h"
#include "util.h"

#define ENGINE_FD 3

static void end(void)
{
	events_exit(EXIT_OK);
}

/* Tasks that still run are told to stop, and waited for: claims are given back
   in order. */
static void gone(void *arg)
{
	(void)arg;
	task_cancel_all();
	task_when_idle(end);
}

/* The caller gets the signal too, and hears from us how it ended. */
static void on_signal(void *arg, int number)
{
	(void)arg;
	(void)number;
	task_cancel_all();
}

static int check_socket(void)
{
	socklen_t len = sizeof(int);
	int type;

	if (getsockopt(ENGINE_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -errno;
	if (fcntl(ENGINE_FD, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return type == SOCK_STREAM ? 0 : -EPROTOTYPE;
}

static int serve(struct server *server)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	int r = events_init();

	for (size_t i = 0; i < ARRAY_SIZE(signals) && r == 0; i++)
		r = events_signal(signals[i], on_signal, NULL);
	if (r == 0)
		r = server_adopt(server, ENGINE_FD, gone);
	return r < 0 ? r : events_run();
}

int engine_verb(int argc, char **argv)
{
	struct failure f = { 0 };
	struct server *server;
	int r = check_socket();

	(void)argv;
	/* What it says, it says to whoever started that. */
	log_open("filterctl");
	if (argc != 1 || r < 0) {
		(void)failure_set(&f, -EINVAL, EXIT_USAGE, "the engine is "
				  "started by filterctl, not by hand");
		failure_print(&f, "filterd");
		return EXIT_USAGE;
	}
	server = server_new(manager_methods, NULL);
	if (server)
		server_describe(server, "org.filterd.Manager",
				interface_text);
	r = server ? serve(server) : -ENOMEM;
	server_free(server);
	events_fini();
	if (r < 0) {
		(void)failure_errno(&f, r, "the engine failed");
		failure_print(&f, "filterd");
		return (int)f.code;
	}
	return r;
}
