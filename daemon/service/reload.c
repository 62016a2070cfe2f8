/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reload.c - see reload.h
 */
#include <string.h>

#include "escape.h"
#include "job.h"
#include "log.h"
#include "notify.h"
#include "paths.h"
#include "reload.h"

static void tell_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	char file[256], text[512];

	(void)arg;
	log_warning("%s:%u:%u: %s", escape(at->file, file, sizeof(file)),
		    at->line, at->column, escape(message, text, sizeof(text)));
}

/* On a job thread, or before there are any. */
static int read_files(void *arg)
{
	struct reload *reload = arg;

	reload->conf = conf_presets;
	return conf_read(&reload->conf, paths_configuration(), tell_fault,
			 NULL);
}

static void apply(struct reload *reload)
{
	struct service *service = reload->service;

	service->conf = reload->conf;
	log_set_level(reload->verbose ? LOG_LEVEL_DEBUG :
					reload->conf.log_level);
	if (service->server)
		server_admit(service->server, service->conf.group);
}

int reload_first(struct reload *reload, struct failure *f)
{
	int r = read_files(reload);

	if (r < 0)
		return failure_errno(f, r, "cannot read filterd.conf");
	apply(reload);
	return 0;
}

static void done(void *arg, int result)
{
	struct reload *reload = arg;

	reload->running = false;
	if (result >= 0)
		apply(reload);
	if (reload->again) {
		reload->again = false;
		reload_begin(reload);
		return;
	}
	if (result >= 0)
		log_info("filterd.conf was read again");
	else
		log_err("cannot read filterd.conf: %s; what it said before "
			"counts", strerror(-result));
	notify_ready();
}

void reload_begin(struct reload *reload)
{
	int r;

	if (reload->running) {
		reload->again = true;
		return;
	}
	notify_reloading();
	reload->running = true;
	r = job_start(read_files, done, reload);
	if (r < 0)
		done(reload, r);
}
