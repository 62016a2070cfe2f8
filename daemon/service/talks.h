/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * talks.h - the methods by which clients talk to filters
 *
 * Control is one message on a connection of its own.  Talk opens a connection
 * that lasts as long as the call: it is answered first with its number, for
 * Message, and then with each message that the filter sends unasked.
 */
#ifndef FILTERD_TALKS_H
#define FILTERD_TALKS_H

#include "server.h"

/* @arg of all is the service. */
void talks_list(struct server_call *call, void *arg);	/* ListControls */
void talks_control(struct server_call *call, void *arg);
void talks_begin(struct server_call *call, void *arg);	/* Talk */
void talks_message(struct server_call *call, void *arg);

#endif /* FILTERD_TALKS_H */
