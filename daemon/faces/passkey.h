/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * passkey.h - the key that a call brings along, as a descriptor
 *
 * Its parameters, each an index of a descriptor and at most one of them:
 *
 *	key_fd		a key file that the caller opened; key_name is its name
 *			for messages, key_offset and key_size a part of it
 *	passphrase_fd	one line of text
 *	agent		a socket to the caller, who asks a person (question.h)
 *
 * The caller's own rights opened the file: no path is looked up for him.
 */
#ifndef FILTERD_PASSKEY_H
#define FILTERD_PASSKEY_H

#include <json-c/json.h>

#include "ask.h"

/*
 * Sets *ask, which has none yet, to what came with a call: copies of @fds, and
 * texts that are @parameters' own.  Without any of them it stays as it is.
 * 0, or a negative errno said in @f; passkey_close() in any case.
 */
int passkey_take(struct json_object *parameters, const int *fds, size_t n_fds,
		 struct ask *ask, struct failure *f);
void passkey_close(struct ask *ask);

#endif /* FILTERD_PASSKEY_H */
