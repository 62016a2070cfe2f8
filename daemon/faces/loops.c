/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loops.c - see loops.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "export.h"
#include "log.h"
#include "loops.h"

static int attach_one(struct medium *medium, struct failure *f)
{
	const struct filter_medium *face = &medium->store->medium;
	const struct loop_options options = {
		.granule = face->granule, .read_only = !face->writable,
	};
	const char *path = export_path(medium->export);
	_cleanup_fd_ int file = open(path, (face->writable ? O_RDWR :
					    O_RDONLY) | O_CLOEXEC);
	char safe[256];

	if (file < 0)
		return failure_errno(f, -errno, "cannot open '%s'",
				     escape(path, safe, sizeof(safe)));
	return loop_attach(file, path, &options, medium->loop, f);
}

static int begin(struct medium *medium, struct failure *f)
{
	int r;

	medium->loop = calloc(1, sizeof(*medium->loop));
	if (!medium->loop)
		return failure_errno(f, -ENOMEM, "cannot use a loop device");
	medium->loop->fd = -1;
	r = attach_one(medium, f);
	if (r < 0)
		loops_clear(&medium, 1);
	return r;
}

int loops_attach(struct medium *const *media, size_t n, struct failure *f)
{
	for (size_t i = 0; i < n; i++) {
		int r = media[i]->loop ? 0 : begin(media[i], f);

		if (r == 0)
			continue;
		loops_clear(media, i);
		return r;
	}
	return 0;
}

/* A mounted file system, swap, another device of the kernel's: whoever uses it
   for good has it alone. */
static bool is_claimed(const char *path)
{
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	return fd < 0 && errno == EBUSY;
}

const struct medium *loops_release(struct medium *const *media, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (loops_path(media[i]) && is_claimed(media[i]->loop->path))
			return media[i];
	for (size_t i = 0; i < n; i++)
		if (media[i]->loop)
			loop_release(media[i]->loop);
	return NULL;
}

/* The first device that others kept. */
static int take_up(void *arg, const char *path)
{
	struct loop *loop = arg;

	loop->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (loop->fd < 0)
		return 0;
	(void)snprintf(loop->path, sizeof(loop->path), "%s", path);
	return 1;
}

void loops_restore(struct medium *const *media, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct loop *loop = media[i]->loop;
		struct failure f = { 0 };

		if (!loop || loop->fd >= 0 || !media[i]->export ||
		    loop_each_on(export_path(media[i]->export), take_up,
				 loop) != 0)
			continue;
		if (attach_one(media[i], &f) < 0)
			log_warning("%s", f.text);
	}
}

void loops_clear(struct medium *const *media, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (media[i]->loop)
			loop_release(media[i]->loop);
		free(media[i]->loop);
		media[i]->loop = NULL;
	}
}

const char *loops_path(const struct medium *medium)
{
	return medium->loop && medium->loop->fd >= 0 ? medium->loop->path :
						       NULL;
}
