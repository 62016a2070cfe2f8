/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * catalogue.c - see catalogue.h
 */
#include <errno.h>
#include <stdlib.h>

#include "catalogue.h"
#include "cleanup.h"
#include "escape.h"
#include "fragments.h"
#include "partmap.h"
#include "suggest.h"
#include "util.h"

#define SUFFIX ".personality"

struct catalogue {
	_Atomic unsigned refs;
	const struct personality **list;	/* highest score first */
	size_t n;
	struct names names;
};

struct loading {
	struct catalogue *catalogue;
	const char *const *dirs;
	ini_error_fn *error;
	void *arg;
	int faulty;
};

struct catalogue *catalogue_ref(struct catalogue *catalogue)
{
	catalogue->refs++;
	return catalogue;
}

void catalogue_unref(struct catalogue *catalogue)
{
	if (!catalogue || --catalogue->refs > 0)
		return;
	for (size_t i = 0; i < catalogue->n; i++)
		personality_unref(catalogue->list[i]);
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

/* Takes the caller's reference, in any case. */
static int insert(struct catalogue *catalogue,
		  const struct personality *personality)
{
	const struct personality **more;
	size_t at = 0;

	more = reallocarray(catalogue->list, catalogue->n + 1, sizeof(*more));
	if (!more) {
		personality_unref(personality);
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

int catalogue_add(struct catalogue *catalogue,
		  struct personality *personality)
{
	return insert(catalogue, personality_ref(personality));
}

int catalogue_insert(struct catalogue *catalogue,
		     const struct personality *personality)
{
	return insert(catalogue, personality_ref(personality));
}

void catalogue_keep_required(struct catalogue *catalogue)
{
	size_t kept = 0;

	for (size_t i = 0; i < catalogue->n; i++) {
		if (catalogue->list[i]->required || catalogue->list[i]->scheme)
			catalogue->list[kept++] = catalogue->list[i];
		else
			personality_unref(catalogue->list[i]);
	}
	catalogue->n = kept;
}

bool catalogue_has(const struct catalogue *catalogue,
		   const struct personality *personality)
{
	for (size_t i = 0; catalogue && i < catalogue->n; i++)
		if (catalogue->list[i] == personality)
			return true;
	return false;
}

/* The one of @old that says the same as @personality, or NULL. */
static const struct personality *find_equal(const struct catalogue *old,
					    const struct personality *p)
{
	for (size_t i = 0; i < old->n; i++)
		if (personality_equal(old->list[i], p))
			return old->list[i];
	return NULL;
}

bool catalogue_adopt(struct catalogue *catalogue, const struct catalogue *old)
{
	bool changed = catalogue->n != old->n;

	for (size_t i = 0; i < catalogue->n; i++) {
		const struct personality *equal =
			find_equal(old, catalogue->list[i]);

		changed = changed || !equal;
		if (!equal)
			continue;
		personality_unref(catalogue->list[i]);
		catalogue->list[i] = personality_ref(equal);
	}
	return changed;
}

void catalogue_drop(struct catalogue *catalogue, const char *module)
{
	size_t kept = 0;

	for (size_t i = 0; i < catalogue->n; i++) {
		if (streq(catalogue->list[i]->module, module))
			personality_unref(catalogue->list[i]);
		else
			catalogue->list[kept++] = catalogue->list[i];
	}
	catalogue->n = kept;
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

static struct catalogue *new_empty(void)
{
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));

	return catalogue ? catalogue_ref(catalogue) : NULL;
}

struct catalogue *catalogue_copy(const struct catalogue *catalogue)
{
	struct catalogue *copy = new_empty();
	int r = copy ? names_merge(&copy->names, &catalogue->names, NULL,
				   NULL) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < catalogue->n; i++)
		r = insert(copy, personality_ref(catalogue->list[i]));
	if (r == 0)
		return copy;
	catalogue_unref(copy);
	return NULL;
}

struct catalogue *catalogue_new(void)
{
	struct catalogue *catalogue = new_empty();

	for (size_t i = 0; catalogue && partmap_schemes[i]; i++) {
		struct personality *personality =
			scheme_personality(partmap_schemes[i]);

		if (!personality ||
		    catalogue_add(catalogue, personality) < 0) {
			catalogue_unref(catalogue);
			catalogue = NULL;
		}
	}
	return catalogue;
}

/* Passes a fault on, and counts it. */
static void count_fault(void *arg, const struct ini_place *at,
			const char *message)
{
	struct loading *loading = arg;

	loading->faulty++;
	loading->error(loading->arg, at, message);
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
	_cleanup_fragments_ struct fragments drop_ins = { 0 };
	struct personality *personality;
	_cleanup_fd_ int fd = -1;
	int r;

	fd = fragments_open(path, count_fault, loading);
	if (fd < 0)
		return 0;
	r = fragments_scan_drop_ins(&drop_ins, loading->dirs,
				    strrchr(path, '/') + 1, count_fault,
				    loading);
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
	_cleanup_fragments_ struct fragments files = { 0 };
	int r;

	r = fragments_scan(&files, dirs, SUFFIX, count_fault, &loading);
	for (size_t i = 0; r == 0 && i < files.n; i++)
		r = load_one(&loading, files.list[i]);
	return r < 0 ? r : loading.faulty;
}
