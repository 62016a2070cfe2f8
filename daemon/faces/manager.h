/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.h - the methods of org.filterd.Manager
 *
 * Described in packaging/org.filterd.Manager.varlink.  They act with the
 * rights of this process.
 */
#ifndef FILTERD_MANAGER_H
#define FILTERD_MANAGER_H

#include "server.h"

/* Ends with a NULL name. */
extern const struct server_method manager_methods[];

#endif /* FILTERD_MANAGER_H */
