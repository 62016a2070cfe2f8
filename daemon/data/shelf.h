/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * shelf.h - the directories where modules lie
 *
 * A module is NAME.so there.  The directory that was added last is the first
 * that is looked into, and what is found there hides what lies behind it, also
 * if it is not to be used: a bad file is told of, not passed over.
 *
 * Filled before the first module is looked for, then only read: any thread.
 */
#ifndef FILTERD_SHELF_H
#define FILTERD_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "failure.h"

#define SHELF_NAME_LEN 48u	/* longest name of a module */

struct shelf {
	char **dirs;		/* the first is looked into last */
	size_t n;
};

/* Copies @dir.  0 or -ENOMEM. */
int shelf_add(struct shelf *shelf, const char *dir);
void shelf_clear(struct shelf *shelf);

/* Whether the first @len bytes of @name can be the name of a module. */
bool shelf_is_name(const char *name, size_t len);

/*
 * Opens the file of module @name for reading, if only we can write it
 * (trusted.h).  The caller owns *ret_fd and *ret_path.  -ENOENT, not said in
 * @f: there is none; -EPERM, -ENOEXEC and others are said.
 */
int shelf_open(const struct shelf *shelf, const char *name, int *ret_fd,
	       char **ret_path, struct failure *f);

/* What shelf_open() would open.  0, -ENOENT, or another negative errno. */
int shelf_stat(const struct shelf *shelf, const char *name, struct stat *ret);

/* Names and paths; the first of a name is the one that counts. */
struct shelf_names {
	struct shelf_name {
		char *name, *path;
	} *list;
	size_t n;
};

/* 0 or -ENOMEM; both copy.  The list is sorted by name at return. */
int shelf_names_add(struct shelf_names *names, const char *name,
		    const char *path);
int shelf_names_fill(struct shelf_names *names, const struct shelf *shelf);
void shelf_names_clear(struct shelf_names *names);

#endif /* FILTERD_SHELF_H */
