/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy.c - filterctl copy: a volume to a file, or a file into a volume
 *
 * We open the files, with our rights, and pass the descriptors: the engine
 * never sees a path that is not the source's, and no key is in a message.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "connect.h"
#include "escape.h"
#include "keys.h"
#include "parse.h"
#include "progress.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Copies a volume, decrypted, to the new file OUT ('-': standard output), or\n"
"with --in the file FILE into the volume.  It starts the filters that match,\n"
"as filterd mount does, and needs no FUSE.  SOURCE:2 is partition 2.\n";

struct copy {
	struct verb verb;
	const char *source, *out, *in, *filter, *volume;
	struct keys keys;
	uint64_t sector;
	bool dry_run;
	int fds[1 + KEYS_MAX_FDS];
	size_t n_fds;
	bool nameless;		/* OUT gets its name when it is whole */
	bool made;		/* OUT is ours, to be removed on failure */
	struct progress progress;
	uint64_t total;
};

static int say_exists(const struct copy *copy, struct failure *f)
{
	char safe[256];

	failure_hint(f, "remove it first, or copy to - and redirect");
	return failure_set(f, -EEXIST, EXIT_FAILED,
			   "'%s' exists and is not overwritten",
			   escape(copy->out, safe, sizeof(safe)));
}

/* A file without a name where @path is to be, which nobody has to remove
   however we end; not every file system has them. */
static int open_nameless(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy ? open(dirname(copy), O_WRONLY | O_TMPFILE | O_CLOEXEC,
			   0600) : -1;
}

static int open_out(struct copy *copy, struct failure *f)
{
	char safe[256];
	struct stat st;
	int fd;

	if (streq(copy->out, "-")) {
		if (isatty(STDOUT_FILENO))
			return failure_set(f, -EINVAL, EXIT_USAGE,
					   "a volume is nothing for a "
					   "terminal: name a file");
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	}
	if (lstat(copy->out, &st) == 0)
		return say_exists(copy, f);
	fd = open_nameless(copy->out);
	copy->nameless = fd >= 0;
	if (fd >= 0)
		return fd;
	fd = open(copy->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	copy->made = fd >= 0;
	if (fd >= 0)
		return fd;
	if (errno == EEXIST)
		return say_exists(copy, f);
	return failure_errno(f, -errno, "cannot make '%s'",
			     escape(copy->out, safe, sizeof(safe)));
}

/* A copy that is whole gets its name; @r is what became of it. */
static int close_out(const struct copy *copy, int r, struct failure *f)
{
	char from[32], safe[256];

	if (r < 0 && copy->made)
		(void)unlink(copy->out);
	if (r < 0 || !copy->nameless)
		return r;
	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", copy->fds[0]);
	if (linkat(AT_FDCWD, from, AT_FDCWD, copy->out,
		   AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno == EEXIST)
		return say_exists(copy, f);
	return failure_errno(f, -errno, "cannot name '%s'",
			     escape(copy->out, safe, sizeof(safe)));
}

static int open_in(const struct copy *copy, struct failure *f)
{
	char safe[256];
	int fd = open(copy->in, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd >= 0 ? fd : failure_errno(f, -errno, "cannot read '%s'",
					    escape(copy->in, safe,
						   sizeof(safe)));
}

static int fill(struct copy *copy, struct json_object *parameters,
		struct failure *f)
{
	int fd = copy->in ? open_in(copy, f) : open_out(copy, f);

	if (fd < 0)
		return fd;
	copy->fds[copy->n_fds++] = fd;
	json_object_object_add(parameters, "fd", json_object_new_int(0));
	verb_add_text(parameters, "source", copy->source);
	json_object_object_add(parameters, "in",
			       json_object_new_boolean(copy->in != NULL));
	json_object_object_add(parameters, "dry_run",
			       json_object_new_boolean(copy->dry_run));
	if (copy->filter)
		verb_add_text(parameters, "filter", copy->filter);
	if (copy->volume)
		verb_add_text(parameters, "volume", copy->volume);
	json_object_object_add(parameters, "sector",
			       json_object_new_uint64(copy->sector));
	return keys_pass(&copy->keys, parameters, copy->fds, &copy->n_fds,
			 f);
}

static void take(void *arg, struct json_object *piece)
{
	struct copy *copy = arg;
	uint64_t total = varlink_number(piece, "total");

	if (total == 0)
		return;
	copy->total = total;
	progress_show(&copy->progress, varlink_number(piece, "done"), total);
}

static void report(const struct copy *copy)
{
	char size[FORMAT_SIZE_LEN];

	if (copy->dry_run) {
		if (copy->verb.json)
			printf("{\"dry_run\": true}\n");
		else
			fprintf(stderr, "it would fit; nothing was copied\n");
		return;
	}
	if (copy->verb.json && (copy->in || !streq(copy->out, "-")))
		printf("{\"copied\": %llu, \"unit\": \"bytes\"}\n",
		       (unsigned long long)copy->total);
	else if (!copy->verb.json)
		fprintf(stderr, "copied %s\n",
			format_size(copy->total, size));
}

static int run(struct copy *copy, struct failure *f)
{
	struct json_object *parameters = verb_parameters(&copy->verb);
	int r;

	if (!parameters)
		return -ENOMEM;
	r = fill(copy, parameters, f);
	progress_begin(&copy->progress);
	if (r == 0)
		r = connect_call("Copy", parameters, copy->fds, copy->n_fds,
				 take, copy, f);
	else
		json_object_put(parameters);
	progress_end(&copy->progress);
	r = close_out(copy, r, f);
	for (size_t i = 0; i < copy->n_fds; i++)
		(void)close(copy->fds[i]);
	if (r == 0)
		report(copy);
	return r;
}

int verb_copy(int argc, char **argv)
{
	struct copy copy = { .keys = KEYS_NONE };
	struct failure *f = &copy.verb.failure;
	const struct options_entry entries[] = {
		{ "in", 0, OPTIONS_TEXT, "FILE", "copy FILE into the volume",
		  &copy.in },
		{ "volume", 0, OPTIONS_TEXT, "NAME",
		  "which, where there are several", &copy.volume },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &copy.filter },
		KEYS_OPTIONS(&copy.keys),
		VERB_DRY_RUN(&copy.dry_run),
		VERB_SECTOR(&copy.sector),
		VERB_OPTIONS(&copy.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl copy", "SOURCE[:N] OUT, or copy --in FILE "
		"SOURCE[:N]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first != (copy.in ? 1 : 2))
		r = options_misused(&usage, copy.in ?
				    "copy --in FILE takes SOURCE" :
				    "copy takes SOURCE and OUT", f);
	if (r == 0 && copy.dry_run && !copy.in)
		r = options_misused(&usage, "--dry-run is for copy --in: OUT "
				    "is a new file", f);
	if (r == 0)
		r = keys_check(&copy.keys, f);
	if (r == 0) {
		copy.source = argv[first];
		copy.out = copy.in ? NULL : argv[first + 1];
		r = run(&copy, f);
	}
	return verb_end(&copy.verb, r);
}
