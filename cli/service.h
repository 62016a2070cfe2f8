/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service.h - asking the service, where one runs
 *
 * One's own ("filterd serve" run by an ordinary user) is asked before the
 * machine's.
 */
#ifndef FILTERCTL_SERVICE_H
#define FILTERCTL_SERVICE_H

#include "connect.h"

struct varlink;

/* A connection of one's own; errors as below. */
int service_connect(struct varlink **ret, struct failure *f);

/*
 * Calls org.filterd.Manager.@method with @parameters (taken) and @fds (stay
 * the caller's), and @piece for each reply as it comes.  0; -ENOENT or
 * -ECONNREFUSED: no service runs; or a negative errno.  All said in @f.
 */
int service_call(const char *method, struct json_object *parameters,
		 const int *fds, size_t n_fds, connect_piece_fn *piece,
		 void *arg, struct failure *f);

/* The same, all pieces in one object (connect_join()).  The caller's; NULL
   after an error before any piece came. */
int service_collect(const char *method, struct json_object *parameters,
		    struct json_object **ret, struct failure *f);

#endif /* FILTERCTL_SERVICE_H */
