/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.c - see keys.h
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "escape.h"
#include "keys.h"
#include "util.h"
#include "verb.h"

bool keys_given(const struct keys *keys)
{
	return keys->file || keys->passphrase_fd != KEYS_NO_FD;
}

int keys_check(const struct keys *keys, struct failure *f)
{
	if (keys->file && keys->passphrase_fd != KEYS_NO_FD)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--key-file and --passphrase-fd exclude "
				   "each other");
	if ((keys->offset || keys->size) && !keys->file)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--keyfile-offset and --keyfile-size need "
				   "--key-file");
	return 0;
}

static void pass(struct json_object *parameters, const char *name, int fd,
		 int *fds, size_t *n_fds)
{
	json_object_object_add(parameters, name,
			       json_object_new_int((int)*n_fds));
	fds[(*n_fds)++] = fd;
}

static int pass_file(const struct keys *keys, struct json_object *parameters,
		     int *fds, size_t *n_fds, struct failure *f)
{
	bool piped = streq(keys->file, "-");
	int fd = piped ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
			 open(keys->file, O_RDONLY | O_CLOEXEC);
	char safe[256];

	if (fd < 0)
		return failure_errno(f, -errno,
				     "cannot read the key file '%s'",
				     escape(keys->file, safe, sizeof(safe)));
	pass(parameters, "key_fd", fd, fds, n_fds);
	verb_add_text(parameters, "key_name",
		      piped ? "standard input" : keys->file);
	json_object_object_add(parameters, "key_offset",
			       json_object_new_uint64(keys->offset));
	json_object_object_add(parameters, "key_size",
			       json_object_new_uint64(keys->size));
	return 0;
}

int keys_pass(const struct keys *keys, struct json_object *parameters,
	      int *fds, size_t *n_fds, struct failure *f)
{
	int fd;

	if (keys->file)
		return pass_file(keys, parameters, fds, n_fds, f);
	if (keys->passphrase_fd == KEYS_NO_FD)
		return 0;
	fd = keys->passphrase_fd > 1023 ? -1 :
	     fcntl((int)keys->passphrase_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return failure_set(f, -EBADF, EXIT_USAGE,
				   "--passphrase-fd is not an open "
				   "descriptor");
	pass(parameters, "passphrase_fd", fd, fds, n_fds);
	return 0;
}
