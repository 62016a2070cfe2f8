/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * disk.h - the SOURCE of a command line, as the service gets it
 *
 * Root names it, so that a disk that goes and comes back is known again.
 * Everybody else opens it himself and passes the descriptor: his rights count,
 * and the service opens no path for him.
 */
#ifndef FILTERCTL_DISK_H
#define FILTERCTL_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "failure.h"

#define DISK_MAX_FDS 1u

/*
 * Says in @parameters what @source ("disk.img:2") is, and may append a
 * descriptor to the *n_fds of @fds, which the caller closes also after an
 * error.  0, or a negative errno said in @f.
 */
int disk_pass(const char *source, bool read_only,
	      struct json_object *parameters, int *fds, size_t *n_fds,
	      struct failure *f);

/* The path of @source as the service finds it, from wherever it was started.
   The caller's.  0 or a negative errno. */
int disk_path(const char *source, char **ret);

#endif /* FILTERCTL_DISK_H */
