/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * passkey.c - see passkey.h
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "passkey.h"
#include "question.h"
#include "util.h"
#include "varlink.h"

static const struct kind {
	const char *key;
	enum ask_fd is;
} kinds[] = {
	{ "key_fd", ASK_KEY },
	{ "passphrase_fd", ASK_LINE },
	{ "agent", ASK_AGENT },
};

/* What cannot be read with the caller's rights must not be with ours. */
static int check(int fd, const struct kind *kind, struct failure *f)
{
	int flags, r;

	if (kind->is == ASK_AGENT) {
		r = question_check(fd);
		if (r < 0)
			return failure_set(f, r, EXIT_USAGE, "agent: it is no "
					   "socket of packets");
		return 0;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_WRONLY)
		return failure_set(f, -EBADF, EXIT_USAGE, "%s: it is not open "
				   "for reading", kind->key);
	return 0;
}

static int take(int fd, const struct kind *kind, struct ask *ask,
		struct failure *f)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return failure_errno(f, -errno, "%s", kind->key);
	ask->fd = copy;
	ask->fd_is = kind->is;
	return 0;
}

int passkey_take(struct json_object *parameters, const int *fds, size_t n_fds,
		 struct ask *ask, struct failure *f)
{
	const char *name = varlink_string(parameters, "key_name");
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++) {
		int fd = varlink_fd_at(parameters, kinds[i].key, fds, n_fds);

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return failure_set(f, fd, EXIT_USAGE, "%s: there is "
					   "no such descriptor",
					   kinds[i].key);
		if (ask->fd >= 0)
			return failure_set(f, -EINVAL, EXIT_USAGE, "a key "
					   "comes from one place, not two");
		r = check(fd, &kinds[i], f);
		if (r == 0)
			r = take(fd, &kinds[i], ask, f);
	}
	ask->key_name = *name ? name : NULL;
	ask->key_offset = varlink_number(parameters, "key_offset");
	ask->key_size = varlink_number(parameters, "key_size");
	return r;
}

void passkey_close(struct ask *ask)
{
	if (ask->fd >= 0)
		(void)close(take_fd(&ask->fd));
}
