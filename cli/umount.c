/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * umount.c - filterctl umount: the way back from a mounted file system to a
 * disk that can be taken away
 *
 * In this order: file systems, loop devices, volumes, the source; each is
 * waited for.  What somebody else has taken down before is passed over.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attached.h"
#include "cleanup.h"
#include "escape.h"
#include "mounts.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
"Unmounts what filterctl mount or a line in fstab has mounted: WHAT is the\n"
"directory, a volume, or a source and all its volumes.  Returns when all is\n"
"written and the source is detached, so that its disk may be taken away.\n";

struct umount {
	struct verb verb;
	const char *what;
	char *file;		/* the volume mounted there; NULL: no directory
				   is meant */
	char *source;		/* as the service finds it */
	struct json_object *attached;	/* what the service says of it */
};

static int find_attached(struct umount *umount, struct failure *f)
{
	char mounted[256], file[256];
	int r = attached_find(umount->source, &umount->attached, f);

	if (r == 0)
		return set_text(&umount->source,
				varlink_string(umount->attached, "name"));
	if (!umount->file || f->code != EXIT_NOT_FOUND)
		return r;
	*f = (struct failure){ 0 };
	failure_hint(f, "unmount it with umount(8)");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "'%s' is mounted from '%s', which the service has "
			   "not published",
			   escape(umount->what, mounted, sizeof(mounted)),
			   escape(umount->file, file, sizeof(file)));
}

/* A volume lies in the directory of its source's volumes. */
static int find_source(struct umount *umount)
{
	_cleanup_free_ char *copy = NULL;
	int r = mounts_below(umount->what, &umount->file);

	if (r == -ENOENT || r == -ENOTBLK)
		return set_text(&umount->source, umount->what);
	if (r < 0)
		return r;
	copy = strdup(umount->file);
	return copy ? set_text(&umount->source, dirname(copy)) : -ENOMEM;
}

/* Whether it is the only one that is meant. */
static bool is_named(const struct umount *umount, struct json_object *volume)
{
	const char *what = umount->file ? umount->file : umount->what;

	return streq(varlink_string(volume, "path"), what) ||
	       streq(varlink_string(volume, "name"), what);
}

static bool has_named(const struct umount *umount,
		      struct json_object *volumes)
{
	for (size_t i = 0; i < varlink_count(volumes); i++)
		if (is_named(umount, json_object_array_get_idx(volumes, i)))
			return true;
	return false;
}

static int unmount(const struct umount *umount, bool *ret_one,
		   struct failure *f)
{
	struct json_object *volumes = varlink_array(umount->attached,
						    "volumes");
	bool one = has_named(umount, volumes);
	int r = 0;

	for (size_t i = 0; r == 0 && i < varlink_count(volumes); i++) {
		struct json_object *volume =
			json_object_array_get_idx(volumes, i);
		const char *path = varlink_string(volume, "path");

		if (one && !is_named(umount, volume))
			continue;
		r = mounts_unmount(path, f);
		if (r == 0)
			r = mounts_wait(path, f);
	}
	*ret_one = one;
	return r;
}

/* 0: it is gone; 1: its other volumes are in use, as @stays says. */
static int detach(const struct umount *umount, bool one,
		  struct failure *stays, struct failure *f)
{
	int r = attached_detach(umount->source, stays);

	if (r == 0 || stays->code == EXIT_NOT_FOUND)
		return 0;
	if (one && stays->code == EXIT_BUSY)
		return 1;
	*f = *stays;
	return r;
}

static void report(const struct umount *umount, const struct failure *stays)
{
	struct json_object *answer;
	bool released = stays->code != EXIT_BUSY;
	char what[PATH_MAX];

	escape(umount->what, what, sizeof(what));
	if (umount->verb.json) {
		answer = json_object_new_object();
		verb_add_text(answer, "unmounted", what);
		json_object_object_add(answer, "released",
				       json_object_new_boolean(released));
		verb_print_json(answer);
		json_object_put(answer);
	} else if (released) {
		fprintf(stderr, "'%s' is unmounted and its disk released: it "
			"is safe to remove\n", what);
	} else {
		fprintf(stderr, "'%s' is unmounted; its disk stays attached: "
			"%s\n", what, stays->text);
	}
}

static int run(struct umount *umount, struct failure *f)
{
	struct failure stays = { 0 };
	bool one = false;
	int r = find_source(umount);

	if (r == 0)
		r = find_attached(umount, f);
	if (r == 0)
		r = unmount(umount, &one, f);
	if (r == 0)
		r = detach(umount, one, &stays, f);
	if (r >= 0)
		report(umount, &stays);
	return MIN(r, 0);
}

int verb_umount(int argc, char **argv)
{
	struct umount umount = { 0 };
	struct failure *f = &umount.verb.failure;
	const struct options_entry entries[] = {
		VERB_JSON(&umount.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl umount", "DIR|SOURCE|VOLUME", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first != 1)
		r = options_misused(&usage, "umount takes a directory, a "
				    "source or a volume", f);
	if (r == 0) {
		umount.what = argv[first];
		r = run(&umount, f);
	}
	json_object_put(umount.attached);
	free(umount.source);
	free(umount.file);
	return verb_end(&umount.verb, r);
}
