/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounting.c - see mounting.h
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attached.h"
#include "cleanup.h"
#include "escape.h"
#include "loop.h"
#include "mounting.h"
#include "parse.h"
#include "program.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

#define LEAST_SECTOR 512u

/* "vault1 (ext4, 2 GiB)", for who has to choose. */
static void add_choice(char *text, size_t size, struct json_object *volume)
{
	const char *type = varlink_string(
		json_object_object_get(volume, "signature"), "type");
	char bytes[FORMAT_SIZE_LEN];
	size_t len = strlen(text);

	(void)snprintf(text + len, size - len, "%s%s (%s, %s)",
		       len ? ", " : "", varlink_string(volume, "name"),
		       *type ? type : "unknown",
		       format_size(varlink_number(volume, "size"), bytes));
}

static bool is_named(struct json_object *volume, const char *name)
{
	return streq(varlink_string(volume, "name"), name) ||
	       streq(varlink_string(volume, "path"), name);
}

/* Whether something is on it that could be a file system. */
static bool is_filled(struct json_object *volume)
{
	return *varlink_string(json_object_object_get(volume, "signature"),
			       "type") != '\0';
}

/* The volume that is meant: by its name, the only one, or the only one with
   something on it. */
static int choose(struct json_object *volumes, const char *name,
		  struct json_object **ret, struct failure *f)
{
	size_t n = varlink_count(volumes), n_filled = 0;
	struct json_object *filled = NULL;
	char text[300] = "", safe[128];

	for (size_t i = 0; i < n; i++) {
		struct json_object *volume =
			json_object_array_get_idx(volumes, i);

		if (name ? is_named(volume, name) : n == 1) {
			*ret = volume;
			return 0;
		}
		add_choice(text, sizeof(text), volume);
		if (!name && is_filled(volume) && n_filled++ == 0)
			filled = volume;
	}
	if (n_filled == 1) {
		*ret = filled;
		return 0;
	}
	failure_hint(f, "there is: %s", text);
	if (name)
		return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
				   "there is no volume '%s'",
				   escape(name, safe, sizeof(safe)));
	return failure_set(f, -ENOTUNIQ, EXIT_USAGE,
			   "there are %zu volumes: name one with --volume", n);
}

static int run_mount(const struct mounting *mounting, const char *loop,
		     bool quiet, struct failure *f)
{
	const char *argv[10] = { "mount" };
	size_t n = 1;
	char safe[256];
	int r;

	if (mounting->type) {
		argv[n++] = "-t";
		argv[n++] = mounting->type;
	}
	if (mounting->options) {
		argv[n++] = "-o";
		argv[n++] = mounting->options;
	}
	if (mounting->read_only)
		argv[n++] = "-r";
	argv[n++] = "--";
	argv[n++] = loop;
	argv[n] = mounting->dir;
	r = mounting->fake ? 0 : program_run(argv, quiet, NULL);
	if (r == -EIO)
		return failure_set(f, r, EXIT_FAILED,
				   "mount(8) cannot mount it on '%s'",
				   escape(mounting->dir, safe, sizeof(safe)));
	return r < 0 ? failure_errno(f, r, "cannot run mount(8)") : 0;
}

/* On success the mount holds the device, and the device the volume. */
static int mount_sectors(const struct mounting *mounting, int file,
			 const char *path, const struct loop_options *options,
			 struct loop *loop, struct failure *f)
{
	int r = loop_attach(file, path, options, loop, f);

	if (r == 0)
		r = run_mount(mounting, loop->path,
			      options->granule > LEAST_SECTOR, f);
	loop_release(loop);
	return r;
}

/*
 * A device with the volume's sectors is the best there is, but a file system
 * whose blocks are smaller, as mkfs makes small ones in a file, can be mounted
 * from small sectors alone: then each is a part of a volume's own.
 */
static int mount_volume(const struct mounting *mounting,
			struct json_object *volume, struct loop *loop,
			struct failure *f)
{
	const char *path = varlink_string(volume, "path");
	bool read_only = mounting->read_only ||
			 !varlink_bool(volume, "writable");
	struct loop_options options = {
		.granule = (uint32_t)varlink_number(volume, "granule"),
		.read_only = read_only,
	};
	_cleanup_fd_ int file = open(path, (read_only ? O_RDONLY : O_RDWR) |
				     O_CLOEXEC);
	struct failure first = { 0 };
	int r;

	if (file < 0)
		return failure_errno(f, -errno, "cannot open '%s'", path);
	r = mount_sectors(mounting, file, path, &options, loop, &first);
	if (r == -EIO && options.granule > LEAST_SECTOR) {
		first = (struct failure){ 0 };
		options.granule = LEAST_SECTOR;
		r = mount_sectors(mounting, file, path, &options, loop,
				  &first);
	}
	if (r < 0)
		*f = first;
	if (r == -EIO && !is_filled(volume))
		failure_hint(f, "no file system was found on '%s': \"filterctl "
			     "attach\" shows where it is for mkfs",
			     varlink_string(volume, "name"));
	return r;
}

/* Whoever attached it before may go on with it. */
static int find_or_attach(const struct mounting *mounting,
			  struct json_object **ret, bool *ret_attached,
			  struct failure *f)
{
	const struct attached_wish wish = {
		.source = mounting->source,
		.filter = mounting->filter,
		.keys = mounting->keys,
		.sector = mounting->sector,
		.read_only = mounting->read_only,
		.until_closed = true,
	};
	struct failure missing = { 0 };
	int r = attached_find(mounting->source, ret, &missing);

	*ret_attached = false;
	if (r == 0)
		return 0;
	if (missing.code != EXIT_NOT_FOUND) {
		*f = missing;
		return r;
	}
	r = attached_new(&wish, ret, f);
	*ret_attached = r == 0;
	return r;
}

static struct json_object *describe(const struct mounting *mounting,
				    struct json_object *volume,
				    const char *loop)
{
	struct json_object *object = json_object_new_object();
	char safe[PATH_MAX];

	verb_add_text(object, "source", escape(mounting->source, safe,
					       sizeof(safe)));
	verb_add_text(object, "volume", varlink_string(volume, "name"));
	verb_add_text(object, "path", varlink_string(volume, "path"));
	verb_add_text(object, "loop", loop);
	verb_add_text(object, "dir", escape(mounting->dir, safe,
					    sizeof(safe)));
	return object;
}

/* Before a disk is opened and a passphrase asked for. */
static int check_dir(const char *dir, struct failure *f)
{
	char safe[256];
	struct stat st;

	escape(dir, safe, sizeof(safe));
	if (stat(dir, &st) < 0)
		return failure_errno(f, -errno, "cannot mount on '%s'", safe);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return failure_set(f, -ENOTDIR, EXIT_USAGE,
				   "'%s' is not a directory", safe);
	if (geteuid() == 0)
		return 0;
	failure_hint(f, "\"filterd mount\" publishes its volumes as files "
		     "without root");
	return failure_set(f, -EPERM, EXIT_DENIED,
			   "only root may mount file systems");
}

int mounting_run(const struct mounting *mounting, struct json_object **ret,
		 struct failure *f)
{
	struct json_object *answer = NULL, *volume = NULL;
	struct loop loop = { .fd = -1 };
	struct failure ignored = { 0 };	/* it may be going already */
	bool attached = false;
	int r = check_dir(mounting->dir, f);

	if (r == 0)
		r = find_or_attach(mounting, &answer, &attached, f);
	if (r == 0)
		r = choose(varlink_array(answer, "volumes"), mounting->volume,
			   &volume, f);
	if (r == 0)
		r = mount_volume(mounting, volume, &loop, f);
	if (r == 0 && ret)
		*ret = describe(mounting, volume, loop.path);
	if ((r < 0 || mounting->fake) && attached)
		(void)attached_detach(mounting->source, &ignored);
	json_object_put(answer);
	return r;
}
