/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service.c - see service.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "service.h"
#include "varlink.h"

static int try_dir(const char *dir, struct varlink **ret)
{
	_cleanup_fd_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : control_connect(fd, CONTROL_SERVICE, ret);
}

int service_connect(struct varlink **ret, struct failure *f)
{
	const char *own = getenv("XDG_RUNTIME_DIR");
	char dir[PATH_MAX];
	int r = -ENOENT;

	if (geteuid() != 0 && own && own[0] == '/') {
		(void)snprintf(dir, sizeof(dir), "%s/filterd", own);
		r = try_dir(dir, ret);
	}
	if (r < 0)
		r = try_dir(CONTROL_RUN_DIR, ret);
	if (r == 0)
		return 0;
	if (r != -ENOENT && r != -ECONNREFUSED)
		return failure_errno(f, r, "cannot ask the service at '"
				     CONTROL_RUN_DIR "/" CONTROL_SERVICE "'");
	failure_hint(f, "start it with \"systemctl start filterd\", or by "
		     "hand with \"filterd serve\"; \"filterd mount\" needs "
		     "none");
	return failure_set(f, r, EXIT_FAILED, "the service does not run");
}

int service_call(const char *method, struct json_object *parameters,
		 const int *fds, size_t n_fds, connect_piece_fn *piece,
		 void *arg, struct failure *f)
{
	struct varlink *link = NULL;
	char name[64];
	int r = service_connect(&link, f);

	if (r < 0) {
		json_object_put(parameters);
		return r;
	}
	(void)snprintf(name, sizeof(name), "org.filterd.Manager.%s", method);
	r = varlink_call(link, name, parameters, true, fds, n_fds);
	if (r < 0)
		(void)failure_errno(f, r, "cannot ask the service");
	else
		r = connect_answers(link, piece, arg, f);
	varlink_free(link);
	return r;
}

int service_collect(const char *method, struct json_object *parameters,
		    struct json_object **ret, struct failure *f)
{
	*ret = json_object_new_object();
	if (!*ret) {
		json_object_put(parameters);
		return failure_errno(f, -ENOMEM, "cannot ask the service");
	}
	return service_call(method, parameters, NULL, 0, connect_join, *ret,
			    f);
}
