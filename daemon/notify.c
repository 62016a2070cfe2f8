/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify.c - see notify.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "cleanup.h"
#include "escape.h"
#include "log.h"
#include "notify.h"
#include "util.h"

/* Where the manager cannot be told, it will say so itself. */
static void tell(const char *state)
{
	(void)sd_notify(0, state);
}

void notify_ready(void)
{
	tell("READY=1");
}

/* From 253 on systemd wants to know when, to tell a late answer from the one
   to its own request. */
void notify_reloading(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%ju",
			 (uintmax_t)now.tv_sec * 1000000 +
				 (uintmax_t)now.tv_nsec / 1000);
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_status(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)sd_notifyf(0, "STATUS=%s", text);
}

static void free_names(char ***names)
{
	for (char **name = *names; name && *name; name++)
		free(*name);
	free(*names);
}

/* "unknown" is what systemd calls a descriptor without a name, and a socket
   unit that says nothing gives its own name. */
static bool is_wanted(int fd, const char *name, const char *wanted)
{
	return (streq(name, wanted) || streq(name, "unknown")) &&
	       sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0;
}

int notify_socket(const char *name)
{
	_cleanup_(free_names) char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names), found = -ENOENT;
	char safe[80];

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (found < 0 && is_wanted(fd, names[i], name)) {
			found = fd;
			continue;
		}
		log_warning("closed descriptor %d, '%s', which the service "
			    "manager passed: it is no listening socket of "
			    "ours", fd, escape(names[i], safe, sizeof(safe)));
		(void)close(fd);
	}
	return found;
}
