/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - where filterd answers: the socket that a mount has beside its
 * volumes, and the service's
 */
#ifndef FILTERD_CONTROL_H
#define FILTERD_CONTROL_H

#include "varlink.h"

#define CONTROL_MOUNT ".control"
#define CONTROL_SERVICE "org.filterd.Manager"
#define CONTROL_RUN_DIR "/run/filterd"	/* where root's service is */

/*
 * Connects to the socket @name in the directory @dir_fd.  *ret is the caller's.
 * -ENOENT: there is none; -ECONNREFUSED: nobody listens at it any more; or
 * another negative errno.
 */
int control_connect(int dir_fd, const char *name, struct varlink **ret);

#endif /* FILTERD_CONTROL_H */
