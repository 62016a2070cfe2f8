/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve.c - the verb serve: the service in the foreground
 *
 * Start order: options, signals, configuration, personalities and modules, the
 * socket; the stop order is the reverse, and what is attached comes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arrivals.h"
#include "change.h"
#include "cleanup.h"
#include "control.h"
#include "escape.h"
#include "events.h"
#include "interface-manager.h"
#include "log.h"
#include "manager.h"
#include "methods.h"
#include "notify.h"
#include "options.h"
#include "paths.h"
#include "readers.h"
#include "reload.h"
#include "serve.h"
#include "service.h"
#include "util.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

static const char about[] =
	"Holds disks and images for everybody who may ask, and answers at\n"
	CONTROL_RUN_DIR "/" CONTROL_SERVICE ".  A service manager starts it; it also runs\n"
	"by hand, in the foreground, until it is told to end.";

struct serve {
	struct service service;
	struct reload reload;
	struct options_list personality_dirs, module_dirs;
	int lock;			/* of the run-time directory, or -1 */
	struct failure failure;
};

/* Who holds the lock is the service: a second one never touches the socket. */
static int open_place(struct serve *serve, char path[PATH_MAX],
		      struct failure *f)
{
	const char *dir = paths_runtime();

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return failure_errno(f, -errno, "cannot make '%s'", dir);
	serve->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (serve->lock < 0)
		return failure_errno(f, -errno, "cannot open '%s'", dir);
	if (flock(serve->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return failure_errno(f, -errno, "cannot lock '%s'",
					     dir);
		failure_hint(f, "\"filterctl status\" asks it");
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "the service runs already");
	}
	(void)snprintf(path, PATH_MAX, "%s/" CONTROL_SERVICE, dir);
	return 0;
}

static int serve_listen(struct serve *serve, struct failure *f)
{
	struct service *service = &serve->service;
	int fd = notify_socket(CONTROL_SERVICE);
	char path[PATH_MAX];
	int r = open_place(serve, path, f);

	if (r < 0) {
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	service->server = server_new(service_methods, service);
	service->feed = feed_new();
	if (!service->server || !service->feed)
		return failure_errno(f, -ENOMEM, "cannot listen");
	server_offer(service->server, manager_methods, NULL);
	server_describe(service->server, "org.filterd.Manager",
			interface_text);
	server_admit(service->server, service->conf.group);
	r = fd >= 0 ? server_listen_at(service->server, fd) :
		      server_listen(service->server, path);
	return r < 0 ? failure_errno(f, r, "cannot listen at '%s'", path) : 0;
}

static void stopped(void *arg)
{
	(void)arg;
	events_exit(EXIT_OK);
}

/* The second time, whoever asks knows that volumes are in use. */
static void on_end(void *arg, int number)
{
	struct serve *serve = arg;
	const char *busy;

	(void)number;
	notify_stopping();
	if (!serve->service.stopping) {
		if (service_stop(&serve->service, stopped, serve) < 0)
			events_exit(EXIT_FAILED);
		return;
	}
	busy = service_busy(&serve->service);
	log_info("still waiting%s%s", busy ? ": " : "", busy ? busy : "");
}

static void on_hangup(void *arg, int number)
{
	struct serve *serve = arg;

	(void)number;
	reload_begin(&serve->reload);
	change_begin(&serve->service, &(struct change_wish){
		.kind = CHANGE_RELOAD }, NULL);
}

static int begin(struct serve *serve, struct failure *f)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGQUIT };
	int r;

	(void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	/* Whoever has a volume finds the way to it; each file says itself who
	   may open it. */
	(void)umask(022);
	r = events_init();
	for (size_t i = 0; i < ARRAY_SIZE(signals) && r == 0; i++)
		r = events_signal(signals[i], on_end, serve);
	if (r == 0)
		r = events_signal(SIGHUP, on_hangup, serve);
	if (r == 0)
		r = events_watchdog();
	if (r == 0)
		r = readers_open();
	if (r < 0)
		return failure_errno(f, r, "cannot start the loop");
	r = reload_first(&serve->reload, f);
	if (r == 0)
		r = service_load(&serve->service, f);
	if (r == 0)
		r = serve_listen(serve, f);
	if (r == 0)
		service_begin(&serve->service);
	if (r == 0 && arrivals_open(&serve->service,
				    &serve->service.arrivals) < 0)
		log_warning("nobody tells of disks that come and go");
	return r;
}

static int run(struct serve *serve)
{
	struct failure *f = &serve->failure;
	int r = begin(serve, f);

	if (r == 0) {
		notify_ready();
		log_info("filterd %s answers", PACKAGE_VERSION);
		r = events_run();
	}
	if (r < 0) {
		(void)failure_errno(f, r, "the service failed");
		failure_print(f, "filterd");
		r = (int)f->code;
	}
	feed_free(serve->service.feed);
	server_free(serve->service.server);
	/* A stuck thread has what would be freed here. */
	if (serve->service.attachments)
		_exit(EXIT_FAILED);
	service_close(&serve->service);
	readers_close();
	events_fini();
	cleanup_fd(&serve->lock);
	return r;
}

int serve_verb(int argc, char **argv)
{
	struct serve serve = { .lock = -1, .reload.service = &serve.service };
	const struct options_entry entries[] = {
		{ "personalities", 'p', OPTIONS_LIST, "DIR",
		  "look for personalities here first",
		  &serve.personality_dirs },
		{ "module-dir", 0, OPTIONS_LIST, "DIR",
		  "look for filters here first", &serve.module_dirs },
		{ "safe", 0, OPTIONS_FLAG, NULL,
		  "know only what the start of a system stands on",
		  &serve.service.safe },
		{ "verbose", 'v', OPTIONS_FLAG, NULL, "log more",
		  &serve.reload.verbose },
		{ NULL },
	};
	const struct options_usage usage = { "filterd serve", "", about,
					     entries };
	int first, r = options_parse(&usage, argc, argv, &first,
				     &serve.failure);

	if (r == 0 && first < argc)
		r = failure_set(&serve.failure, -EINVAL, EXIT_USAGE,
				"serve takes no arguments: what is to be "
				"attached, \"filterctl attach\" says");
	serve.service.personality_dirs = serve.personality_dirs.items;
	serve.service.reload = &serve.reload;
	serve.service.module_dirs = serve.module_dirs.items;
	if (r == 0) {
		r = run(&serve);
	} else if (r < 0) {
		failure_print(&serve.failure, "filterd");
		r = (int)serve.failure.code;
	} else {
		r = EXIT_OK;
	}
	options_list_clear(&serve.personality_dirs);
	options_list_clear(&serve.module_dirs);
	return r;
}
