/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * introspect.h - org.varlink.service: what every varlink server says of itself
 */
#ifndef FILTERD_INTROSPECT_H
#define FILTERD_INTROSPECT_H

#include <stdbool.h>

struct server_call;

/* Answers @call if @method is of that interface and known; else false.
   @interface, described by @description, is the one beside it, or NULL. */
bool introspect(struct server_call *call, const char *method,
		const char *interface, const char *description);

#endif /* FILTERD_INTROSPECT_H */
