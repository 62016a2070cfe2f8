/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.h - where a passphrase or key comes from, as a command line says it
 *
 * We open the file, with our rights, and pass the descriptor: no key is in a
 * message, and nobody else opens a path for us.
 */
#ifndef FILTERCTL_KEYS_H
#define FILTERCTL_KEYS_H

#include <json-c/json.h>

#include "options.h"

#define KEYS_NO_FD UINT64_MAX
#define KEYS_MAX_FDS 2u

struct keys {
	const char *file;		/* NULL: none; "-": standard input */
	uint64_t offset, size;		/* bytes of it */
	uint64_t passphrase_fd;		/* KEYS_NO_FD: none */
};

#define KEYS_NONE { .passphrase_fd = KEYS_NO_FD }

/* The entries of a verb's table. */
#define KEYS_OPTIONS(keys)						\
	{ "key-file", 0, OPTIONS_TEXT, "FILE",				\
	  "the key, instead of asking; '-': stdin", &(keys)->file },	\
	{ "keyfile-offset", 0, OPTIONS_SIZE, "N",			\
	  "bytes of it to pass over", &(keys)->offset },		\
	{ "keyfile-size", 0, OPTIONS_SIZE, "N",				\
	  "bytes of it to use", &(keys)->size },			\
	{ "passphrase-fd", 0, OPTIONS_NUMBER, "N",			\
	  "a descriptor to read a passphrase from",			\
	  &(keys)->passphrase_fd }

/* Whether they name any: else a person is to be asked. */
bool keys_given(const struct keys *keys);

/* 0, or -EINVAL said in @f: they contradict each other. */
int keys_check(const struct keys *keys, struct failure *f);

/*
 * Opens what they name, appends the descriptors to the *n_fds of @fds, which
 * has room for KEYS_MAX_FDS more and which the caller closes also after an
 * error, and says in @parameters where they are.  0, or a negative errno said
 * in @f.
 */
int keys_pass(const struct keys *keys, struct json_object *parameters,
	      int *fds, size_t *n_fds, struct failure *f);

#endif /* FILTERCTL_KEYS_H */
