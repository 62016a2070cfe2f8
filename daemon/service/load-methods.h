/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load-methods.h - methods of org.filterd.Manager for what could start: its
 * modules, its personalities, the names that it waits for
 *
 * The arg of each is the service.  Main thread.
 */
#ifndef FILTERD_LOAD_METHODS_H
#define FILTERD_LOAD_METHODS_H

#include "server.h"

void load_methods_list(struct server_call *call, void *arg);
void load_methods_load(struct server_call *call, void *arg);
void load_methods_unload(struct server_call *call, void *arg);
void load_methods_match(struct server_call *call, void *arg);
void load_methods_reload(struct server_call *call, void *arg);
void load_methods_publish(struct server_call *call, void *arg);

#endif /* FILTERD_LOAD_METHODS_H */
