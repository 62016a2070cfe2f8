/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * object.h - the shared object of a module, loaded and checked
 */
#ifndef FILTERD_OBJECT_H
#define FILTERD_OBJECT_H

#include <stdbool.h>
#include <sys/stat.h>

#include <filterd/filter.h>

#include "failure.h"

struct object {
	const struct filter_ops *ops;
	char *path;		/* for messages */
	void *handle;		/* NULL: a part of the program */
	int fd;			/* the file, as long as it is loaded; or -1 */
	struct stat st;		/* of the file that was loaded */
};

/*
 * Loads the module @name from @fd, and takes @fd and @path in any case.  The
 * file is one that may be run.  0, or -ENOEXEC, said in @f: it is none of
 * ours, of another ABI, or says what cannot be; then nothing is left of it.
 */
int object_load(struct object *object, const char *name, int fd, char *path,
		struct failure *f);

/* What is wrong with what module @name says of itself, or NULL. */
const char *object_fault(const struct filter_ops *ops, const char *name);

/* Unloads it; none of its code may run any more. */
void object_close(struct object *object);

/* Whether @st is of the file that was loaded, unchanged. */
bool object_is(const struct object *object, const struct stat *st);

#endif /* FILTERD_OBJECT_H */
