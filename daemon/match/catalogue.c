/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * catalogue.c - see catalogue.h
 *
 * The rules for directories are systemd.unit(5)'s: the highest directory that
 * has a file of that name decides, and drop-ins are taken in the order of
 * their base names, whatever directory they lie in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "catalogue.h"
#include "cleanup.h"
#include "escape.h"
#include "partmap.h"
#include "suggest.h"
#include "util.h"

#define SUFFIX ".personality"
#define DROP_IN_SUFFIX ".conf"

struct catalogue {
	struct personality **list;	/* highest score first */
	size_t n;
	struct names names;
};

/* Paths, one of each base name, sorted by it. */
struct paths {
	char **list;		/* the last is NULL, if there is any */
	size_t n;
};

struct loading {
	struct catalogue *catalogue;
	const char *const *dirs;
	ini_error_fn *error;
	void *arg;
	int faulty;
};

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue)
		return;
	for (size_t i = 0; i < catalogue->n; i++)
		personality_free(catalogue->list[i]);
	free(catalogue->list);
	names_clear(&catalogue->names);
	free(catalogue);
}

/* What was asked for by name comes first, whatever the scores are. */
static bool comes_before(const struct personality *a,
			 const struct personality *b)
{
	return a->requested != b->requested ? a->requested :
					      a->score > b->score;
}

int catalogue_add(struct catalogue *catalogue,
		  struct personality *personality)
{
	struct personality **more;
	size_t at = 0;

	more = reallocarray(catalogue->list, catalogue->n + 1, sizeof(*more));
	if (!more) {
		personality_free(personality);
		return -ENOMEM;
	}
	catalogue->list = more;
	while (at < catalogue->n && !comes_before(personality, more[at]))
		at++;
	memmove(&more[at + 1], &more[at],
		(catalogue->n - at) * sizeof(*more));
	more[at] = personality;
	catalogue->n++;
	return 0;
}

size_t catalogue_count(const struct catalogue *catalogue)
{
	return catalogue->n;
}

const struct personality *catalogue_at(const struct catalogue *catalogue,
				       size_t i)
{
	return catalogue->list[i];
}

const struct names *catalogue_names(const struct catalogue *catalogue)
{
	return &catalogue->names;
}

int catalogue_check(const struct catalogue *catalogue, const char *name,
		    struct failure *f)
{
	_cleanup_free_ const char **names = NULL;
	const char *guess;
	char safe[128];

	names = calloc(catalogue->n + 1, sizeof(*names));
	if (!names)
		return failure_errno(f, -ENOMEM, "cannot look for '%s'",
				     escape(name, safe, sizeof(safe)));
	for (size_t i = 0; i < catalogue->n; i++) {
		names[i] = catalogue->list[i]->name;
		if (streq(names[i], name))
			return 0;
	}
	guess = suggest(name, names, catalogue->n);
	if (guess)
		failure_hint(f, "did you mean %s?", guess);
	failure_hint(f, "\"filterctl list-filters -v\" names them");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "there is no personality '%s'",
			   escape(name, safe, sizeof(safe)));
}

/* Where it is looked for, nesting.c knows: it has no conditions. */
static struct personality *scheme_personality(const struct scheme *scheme)
{
	struct personality *personality = calloc(1, sizeof(*personality));

	if (!personality)
		return NULL;
	personality->name = strdup(scheme->name);
	personality->file = strdup("");
	personality->module = strdup("");
	personality->module_file = strdup("");
	personality->category = strdup(PERSONALITY_CATEGORY);
	personality->score = scheme->score;
	personality->scheme = scheme;
	if (personality->name && personality->file && personality->module &&
	    personality->module_file && personality->category)
		return personality;
	personality_free(personality);
	return NULL;
}

struct catalogue *catalogue_new(void)
{
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));

	for (size_t i = 0; catalogue && partmap_schemes[i]; i++) {
		struct personality *personality =
			scheme_personality(partmap_schemes[i]);

		if (!personality ||
		    catalogue_add(catalogue, personality) < 0) {
			catalogue_free(catalogue);
			catalogue = NULL;
		}
	}
	return catalogue;
}

static void paths_clear(struct paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->list[i]);
	free(paths->list);
	*paths = (struct paths){ 0 };
}

static const char *base_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Takes @path, unless a higher directory has that base name. */
static int paths_add(struct paths *paths, char *path)
{
	char **more;
	size_t at = 0;
	int order = 1;

	while (at < paths->n && order > 0) {
		order = strcmp(base_of(path), base_of(paths->list[at]));
		if (order == 0) {
			free(path);
			return 0;
		}
		at += order > 0;
	}
	more = reallocarray(paths->list, paths->n + 2, sizeof(*more));
	if (!more) {
		free(path);
		return -ENOMEM;
	}
	paths->list = more;
	memmove(&more[at + 1], &more[at], (paths->n - at) * sizeof(*more));
	more[at] = path;
	more[++paths->n] = NULL;
	return 0;
}

static void tell(struct loading *loading, const char *file,
		 const char *message)
{
	struct ini_place at = { .file = file };

	loading->error(loading->arg, &at, message);
	loading->faulty++;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len > end && streq(name + len - end, suffix);
}

/* Adds what ends with @suffix in @dir; one that is not there adds nothing. */
static int paths_scan(struct loading *loading, const char *dir,
		      const char *suffix, struct paths *paths)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	char message[128];
	int r = 0;

	if (!stream && errno != ENOENT && errno != ENOTDIR) {
		snprintf(message, sizeof(message), "cannot be opened: %s",
			 strerror(errno));
		tell(loading, dir, message);
	}
	while (r == 0 && stream && (entry = readdir(stream))) {
		char *path;

		if (entry->d_name[0] == '.' ||
		    !has_suffix(entry->d_name, suffix))
			continue;
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0)
			r = -ENOMEM;
		else
			r = paths_add(paths, path);
	}
	return r;
}

/* An empty file or /dev/null: what lies below does not count. */
static bool is_mask(const struct stat *st)
{
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(1, 3);
	return S_ISREG(st->st_mode) && st->st_size == 0;
}

/*
 * Opens @path into *ret.  Returns 0, 1 if it masks what lies below, or
 * -EBADMSG after telling why it cannot be read.
 */
static int open_text(struct loading *loading, const char *path, int *ret)
{
	_cleanup_fd_ int fd = -1;
	char message[128];
	struct stat st;

	/* O_NONBLOCK: a FIFO of that name must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(message, sizeof(message), "cannot be opened: %s",
			 strerror(errno));
		tell(loading, path, message);
		return -EBADMSG;
	}
	if (is_mask(&st))
		return 1;
	if (!S_ISREG(st.st_mode)) {
		tell(loading, path, "is not a regular file");
		return -EBADMSG;
	}
	*ret = take_fd(&fd);
	return 0;
}

/* The drop-ins of the file @name that are not masked. */
static int find_drop_ins(struct loading *loading, const char *name,
			 struct paths *ret)
{
	size_t kept = 0;
	struct stat st;

	for (size_t i = 0; loading->dirs[i]; i++) {
		_cleanup_free_ char *dir = NULL;
		int r;

		if (asprintf(&dir, "%s/%s.d", loading->dirs[i], name) < 0) {
			dir = NULL;
			return -ENOMEM;
		}
		r = paths_scan(loading, dir, DROP_IN_SUFFIX, ret);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ret->n; i++) {
		if (stat(ret->list[i], &st) == 0 && is_mask(&st))
			free(ret->list[i]);
		else
			ret->list[kept++] = ret->list[i];
	}
	if (ret->n > 0)
		ret->list[kept] = NULL;
	ret->n = kept;
	return 0;
}

/* One that only names types is not kept. */
static int take_personality(struct loading *loading,
			    struct personality *personality)
{
	struct catalogue *catalogue = loading->catalogue;
	int r = names_merge(&catalogue->names, &personality->names,
			    loading->error, loading->arg);

	if (r == 0 && !personality_is_table(personality))
		return catalogue_add(catalogue, personality);
	personality_free(personality);
	return r;
}

static int load_one(struct loading *loading, const char *path)
{
	static const char *const none[] = { NULL };
	_cleanup_(paths_clear) struct paths drop_ins = { 0 };
	struct personality *personality;
	_cleanup_fd_ int fd = -1;
	int r;

	r = open_text(loading, path, &fd);
	if (r != 0)
		return r == -EBADMSG || r == 1 ? 0 : r;
	r = find_drop_ins(loading, base_of(path), &drop_ins);
	if (r < 0)
		return r;
	r = personality_read(path, fd,
			     drop_ins.n > 0 ?
			     (const char *const *)drop_ins.list : none,
			     loading->error, loading->arg, &personality);
	if (r == -EBADMSG) {
		loading->faulty++;
		return 0;
	}
	return r < 0 ? r : take_personality(loading, personality);
}

int catalogue_load(struct catalogue *catalogue, const char *const *dirs,
		   ini_error_fn *error, void *arg)
{
	struct loading loading = {
		.catalogue = catalogue, .dirs = dirs,
		.error = error, .arg = arg,
	};
	_cleanup_(paths_clear) struct paths files = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && dirs[i]; i++)
		r = paths_scan(&loading, dirs[i], SUFFIX, &files);
	for (size_t i = 0; r == 0 && i < files.n; i++)
		r = load_one(&loading, files.list[i]);
	return r < 0 ? r : loading.faulty;
}
