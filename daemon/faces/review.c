/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * review.c - see review.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "escape.h"
#include "review.h"
#include "util.h"

/* A filter that is not installed here may be where the file is used. */
static int review_settings(const struct personality *personality,
			   struct modules *modules, ini_error_fn *error,
			   void *arg)
{
	const struct ini_place at = { .file = personality->file,
				      .line = personality->module_line,
				      .column = 1 };
	struct module *module = NULL;
	struct failure f = { 0 };
	char text[sizeof(f.text) + 16];
	int r;

	r = module_get(modules, personality->module, &module, &f);
	if (r < 0) {
		(void)snprintf(text, sizeof(text), "warning: %s", f.text);
		error(arg, &at, text);
		return 0;
	}
	r = settings_check(&personality->settings, module_ops(module), &f);
	if (r == -EINVAL) {
		error(arg, &at, f.text);
		r = -EBADMSG;
	}
	module_put(module);
	return r;
}

/* A word of ProviderClass= that is no class and no filter is a slip of the pen,
   or a filter that is not installed here. */
static void review_class(const char *word, const struct condition *condition,
			 struct modules *modules, ini_error_fn *error,
			 void *arg)
{
	static const char *const classes[] = { "medium", "whole", "partition",
					       "filter", "resources" };
	const struct ini_place at = { condition->file, condition->line, 1 };
	struct module *module = NULL;
	struct failure f = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (streq(word, classes[i]))
			return;
	if (module_get(modules, word, &module, &f) == -ENOENT)
		ini_tell(error, arg, &at, "warning: ProviderClass=%s is no "
			 "class, and there is no filter of that name", word);
	module_put(module);
}

static void review_classes(const struct personality *personality,
			   struct modules *modules, ini_error_fn *error,
			   void *arg)
{
	for (size_t i = 0; i < personality->n_conditions; i++) {
		const struct condition *condition =
			&personality->conditions[i];

		for (size_t k = 0; k < condition->n_words; k++)
			if (streq(condition->key, "ProviderClass"))
				review_class(condition->words[k], condition,
					     modules, error, arg);
	}
}

int review_file(const char *path, struct modules *modules,
		ini_error_fn *error, void *arg, struct failure *f)
{
	_cleanup_fd_ int fd = -1;
	static const char *const no_drop_ins[] = { NULL };
	struct personality *personality = NULL;
	char safe[256];
	struct stat st;
	int r;

	escape(path, safe, sizeof(safe));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return failure_errno(f, -errno, "cannot read '%s'", safe);
	if (!S_ISREG(st.st_mode))
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "'%s' is not a file", safe);

	r = personality_read(path, fd, no_drop_ins, error, arg,
			     &personality);
	if (r == 0)
		review_classes(personality, modules, error, arg);
	if (r == 0 && !personality_is_table(personality))
		r = review_settings(personality, modules, error, arg);
	personality_free(personality);
	if (r < 0 && r != -EBADMSG)
		return failure_errno(f, r, "cannot read '%s'", safe);
	return r;
}
