/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * notify.h - what the service manager is told, and what it gives
 *
 * The protocols of sd_notify(3) and sd_listen_fds(3).  Without a service
 * manager nothing happens.  Main thread.
 */
#ifndef FILTERD_NOTIFY_H
#define FILTERD_NOTIFY_H

/* The service answers: at its start, and when a reload has ended. */
void notify_ready(void);
/* A reload has begun. */
void notify_reloading(void);
/* The service ends.  The manager waits for the process, up to its limit. */
void notify_stopping(void);

/* One line that "systemctl status" shows from now on, escaped. */
void notify_status(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

/*
 * The listening unix socket that the manager passed, which it has named @name
 * (FileDescriptorName=) or not named at all; the caller owns it.  -ENOENT:
 * there is none.  Other descriptors are closed, with a warning.  Once, before
 * threads are started: it changes the environment.
 */
int notify_socket(const char *name);

#endif /* FILTERD_NOTIFY_H */
