/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * methods.h - org.filterd.Manager as the service answers it
 */
#ifndef FILTERD_METHODS_H
#define FILTERD_METHODS_H

#include "server.h"

/* The engine's methods and those of the service, which is their arg: one
   table, with everybody's rights in it; ends with a NULL name. */
extern const struct server_method service_methods[];

#endif /* FILTERD_METHODS_H */
