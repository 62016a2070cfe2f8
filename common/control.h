/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - the control socket that a mount has beside its volumes
 */
#ifndef FILTERD_CONTROL_H
#define FILTERD_CONTROL_H

#include "varlink.h"

/*
 * Connects to the socket in the directory @dir_fd.  *ret is the caller's.
 * -ENOENT: there is none; -ECONNREFUSED: nobody listens at it any more; or
 * another negative errno.
 */
int control_connect(int dir_fd, struct varlink **ret);

#endif /* FILTERD_CONTROL_H */
