/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * object.c - see object.h
 *
 * What is checked is what is loaded: dlopen(3) gets the descriptor that was
 * looked at.  It stays open, since dlopen takes two files for one if they have
 * the same name.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "dependency.h"
#include "escape.h"
#include "object.h"
#include "util.h"
#include "version.h"

#define FD_PATH_LEN 32u

static size_t size_of(enum filter_type type)
{
	switch (type) {
	case FILTER_BOOL:
		return sizeof(bool);
	case FILTER_NUMBER:
	case FILTER_SIZE:
	case FILTER_TIME:
		return sizeof(uint64_t);
	case FILTER_CHOICE:
		return sizeof(unsigned);
	case FILTER_TEXT:
		return sizeof(const char *);
	case FILTER_SECRET:
		return sizeof(struct filter_secret);
	case FILTER_MEDIUM:
		return sizeof(struct filter_next *);
	}
	return SIZE_MAX;
}

static bool params_fit(const struct filter_param *param, size_t size)
{
	for (; param && param->name; param++)
		if (!range_inside(param->at, size_of(param->type), size) ||
		    (param->type == FILTER_CHOICE && !param->choices))
			return false;
	return true;
}

static const char *fault_of_needs(const struct filter_ops *ops)
{
	struct dependency dependency;

	for (const char *const *need = ops->needs; need && *need; need++)
		if (dependency_parse(*need, &dependency) < 0)
			return "what it needs is not written as"
			       " \"name 1.2\"";
	return NULL;
}

/* One without a version can be used, but not be needed. */
static const char *fault_of_versions(const struct filter_ops *ops)
{
	uint64_t version, oldest;

	if (!ops->version && !ops->compatible)
		return NULL;
	if (!ops->version)
		return "it says what it can stand in for, but no version";
	if (version_parse(ops->version, &version) < 0)
		return "its version is none, as \"1.2.3\" or \"1.0b2\" is";
	if (ops->compatible && version_parse(ops->compatible, &oldest) < 0)
		return "what it can stand in for is no version";
	if (ops->compatible && oldest > version)
		return "it can stand in for later versions alone";
	return NULL;
}

/* Another ABI's members mean other things. */
const char *object_fault(const struct filter_ops *ops, const char *name)
{
	const char *why;

	if (!ops)
		return "it names no filter";
	if (ops->abi != FILTERD_ABI)
		return "it was built for another version of filterd";
	if (!ops->name || !streq(ops->name, name))
		return "the filter in it has another name";
	if (!ops->summary || ops->summary[0] == '\0')
		return "its filter has no summary";
	if (!params_fit(ops->params, ops->instance_size))
		return "a setting lies outside of its instance";
	why = fault_of_versions(ops);
	return why ? why : fault_of_needs(ops);
}

static int refuse(const struct object *object, const char *why,
		  struct failure *f)
{
	char shown[256], reason[256];

	return failure_set(f, -ENOEXEC, EXIT_FAILED, "module '%s': %s",
			   escape(object->path, shown, sizeof(shown)),
			   escape(why, reason, sizeof(reason)));
}

static void fd_path(int fd, char buf[FD_PATH_LEN])
{
	(void)snprintf(buf, FD_PATH_LEN, "/proc/self/fd/%d", fd);
}

static int load(struct object *object, const char *name, struct failure *f)
{
	const struct filter_ops *const *symbol;
	char file[FD_PATH_LEN];
	const char *why;

	if (fstat(object->fd, &object->st) < 0)
		return refuse(object, strerror(errno), f);
	fd_path(object->fd, file);
	object->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!object->handle)
		return refuse(object, or_empty(dlerror()), f);
	symbol = dlsym(object->handle, "filterd_module");
	if (!symbol)
		return refuse(object, "it is no filter", f);
	why = object_fault(*symbol, name);
	if (why)
		return refuse(object, why, f);
	object->ops = *symbol;
	return 0;
}

int object_load(struct object *object, const char *name, int fd, char *path,
		struct failure *f)
{
	int r;

	*object = (struct object){ .path = path, .fd = fd };
	r = load(object, name, f);
	if (r < 0)
		object_close(object);
	return r;
}

/* Some cannot be unloaded: they were linked so, or a thread has not come to its
   end.  Their name must not become another file's. */
static bool stays(int fd)
{
	char file[FD_PATH_LEN];
	void *handle;

	fd_path(fd, file);
	handle = dlopen(file, RTLD_NOW | RTLD_NOLOAD);
	if (!handle)
		return false;
	(void)dlclose(handle);
	return true;
}

void object_close(struct object *object)
{
	bool loaded = object->handle != NULL;

	if (loaded)
		(void)dlclose(object->handle);
	if (!loaded || !stays(object->fd))
		cleanup_fd(&object->fd);
	free(object->path);
	*object = (struct object){ .fd = -1 };
}

bool object_is(const struct object *object, const struct stat *st)
{
	const struct stat *mine = &object->st;

	return mine->st_dev == st->st_dev && mine->st_ino == st->st_ino &&
	       mine->st_size == st->st_size &&
	       mine->st_mtim.tv_sec == st->st_mtim.tv_sec &&
	       mine->st_mtim.tv_nsec == st->st_mtim.tv_nsec;
}
