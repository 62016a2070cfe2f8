/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent.h - asks the person at our terminal what the service needs to know
 *
 * On a thread of its own, since we wait for the service's answer meanwhile.
 * Passphrases go straight from the terminal to the service's helper, in locked
 * memory.
 */
#ifndef FILTERCTL_AGENT_H
#define FILTERCTL_AGENT_H

#include <stddef.h>

#include <json-c/json.h>

#include "failure.h"

struct agent;

#define AGENT_MAX_FDS 1u

/*
 * Starts one, and says in @parameters which of @fds, to which it appends, the
 * service is to ask.  *ret is NULL where we have no terminal.  0, or a negative
 * errno said in @f.
 */
int agent_pass(struct agent **ret, struct json_object *parameters, int *fds,
	       size_t *n_fds, struct failure *f);

/* Stops asking and leaves the terminal as it was.  NULL is allowed. */
void agent_end(struct agent *agent);

#endif /* FILTERCTL_AGENT_H */
